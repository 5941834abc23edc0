import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { ConstructId, MessageId, RuntimeId, SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import fc from "fast-check";
import { nodeFiles } from "../files/node-files.ts";
import { openCatalog } from "./open-catalog.ts";
import type { Catalog, CatalogCursor, CatalogQuery, CatalogSession } from "./catalog.ts";

const undated = -9007199254740991;

function makePath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-catalog-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "catalog.db");
}

function open(t: TestContext, path = makePath(t)): Catalog {
  const catalog = openCatalog(nodeFiles(), path);
  t.after(() => {
    try {
      catalog.close();
    } catch {
      // Closed by the test.
    }
  });
  return catalog;
}

function sessionOf(number: number, fields: Partial<CatalogSession> = {}): CatalogSession {
  return {
    sessionId: `0198c0de-0000-7000-8000-${number.toString(16).padStart(12, "0")}` as SessionId,
    runtimeId: "synth" as RuntimeId,
    constructId: "synth-001" as ConstructId,
    title: `Session ${number}`,
    createdAt: 1,
    updatedAt: 1,
    messageCount: 1,
    imported: false,
    home: false,
    starred: false,
    archived: false,
    deleted: false,
    leafId: undefined,
    forkedFrom: undefined,
    journalLength: 0,
    journalSeq: 0,
    journalHash: "",
    ...fields,
  };
}

function cursorOf(row: CatalogSession): CatalogCursor {
  return { home: row.home ? 1 : 0, updatedAt: row.updatedAt ?? undated, sessionId: row.sessionId };
}

function pageThrough(catalog: Catalog, query: Omit<CatalogQuery, "limit">, limits: () => number): string[] {
  const seen: string[] = [];
  for (let after: CatalogCursor | undefined; ;) {
    const limit = limits();
    const rows = catalog.list({ ...query, limit, ...(after === undefined ? {} : { after }) });
    const page = rows.slice(0, limit);
    seen.push(...page.map(({ sessionId }) => sessionId));
    const last = page.at(-1);
    if (rows.length <= limit || last === undefined) return seen;
    after = cursorOf(last);
  }
}

/** The order of the lists, worked out again: homes if they go first, then the newest, undated last, then by id. */
function inOrder(rows: readonly CatalogSession[], homeFirst = false): string[] {
  const sorted = [...rows].sort(
    (left, right) =>
      (homeFirst ? Number(right.home) - Number(left.home) : 0) ||
      (right.updatedAt ?? undated) - (left.updatedAt ?? undated) ||
      (left.sessionId < right.sessionId ? -1 : 1),
  );
  return sorted.map(({ sessionId }) => sessionId);
}

describe("Catalog.list", () => {
  test("gives 2,500 rows of few different times without gaps or repeats, whatever the pages", (t) => {
    const catalog = open(t);
    const rows = Array.from({ length: 2500 }, (_, index) =>
      sessionOf((index * 7919) % 2500, {
        ...(index % 5 === 0 ? { updatedAt: undefined } : { updatedAt: index % 3 }),
        home: index % 800 === 1,
      }),
    );
    for (const row of rows) catalog.putSession(row);
    for (const homeFirst of [false, true]) {
      const expected = inOrder(rows, homeFirst);
      for (const limits of [() => 1000, () => 1, () => 49]) {
        assert.deepEqual(pageThrough(catalog, { homeFirst }, limits), expected);
      }
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 9 }), (sizes) => {
          let at = 0;
          const limits = (): number => sizes[at++ % sizes.length] ?? 1;
          assert.deepEqual(pageThrough(catalog, { homeFirst }, limits), expected);
        }),
        { numRuns: 12 },
      );
    }
  });

  test("filters by runtime, star, archive and deletion as one would by hand", (t) => {
    const catalog = open(t);
    const rows = Array.from({ length: 300 }, (_, index) =>
      sessionOf(index, {
        updatedAt: index % 4,
        runtimeId: (["synth", "lin", "chatgpt-alex"][index % 3] ?? "") as RuntimeId,
        starred: index % 5 === 0,
        archived: index % 7 === 0,
        deleted: index % 11 === 0,
        imported: index % 3 === 2,
      }),
    );
    for (const row of rows) catalog.putSession(row);
    for (const archived of [undefined, false, true]) {
      for (const starred of [undefined, true]) {
        for (const runtimes of [undefined, ["synth"], ["lin", "chatgpt-alex"], []]) {
          const wanted = rows.filter(
            (row) =>
              !row.deleted &&
              (archived === undefined || row.archived === archived) &&
              (starred === undefined || row.starred) &&
              (runtimes === undefined || runtimes.includes(row.runtimeId)),
          );
          const query = {
            ...(archived === undefined ? {} : { archived }),
            ...(starred === undefined ? {} : { starred }),
            ...(runtimes === undefined ? {} : { runtimeIds: runtimes as RuntimeId[] }),
          };
          assert.deepEqual(
            pageThrough(catalog, query, () => 7),
            inOrder(wanted),
            JSON.stringify(query),
          );
        }
      }
    }
    const hidden = rows.filter((row) => !row.deleted && row.runtimeId !== "lin");
    assert.deepEqual(
      pageThrough(catalog, { exceptRuntimeIds: ["lin" as RuntimeId] }, () => 13),
      inOrder(hidden),
    );
    const counted = rows.filter((row) => !row.deleted && row.runtimeId === "synth");
    assert.deepEqual(catalog.counts(["synth" as RuntimeId]), {
      conversations: counted.length,
      messages: counted.length,
    });
  });
});

describe("Catalog rows", () => {
  test("are seen at once, written together, and there when it is opened again", (t) => {
    const path = makePath(t);
    const catalog = open(t, path);
    const row = sessionOf(1, { title: "  odd \ud83d title\u0000 ", leafId: "m" as MessageId });
    catalog.putSession(row);
    const message = {
      sessionId: row.sessionId,
      messageId: "m" as MessageId,
      parentId: undefined,
      seq: 1,
      offset: 10,
      length: 20,
      kind: "message" as const,
      role: "user" as const,
    };
    catalog.putMessage(message);
    catalog.reached(7);
    assert.equal(catalog.session(row.sessionId), row);
    catalog.close();
    const again = open(t, path);
    assert.deepEqual(again.session(row.sessionId), { ...row, title: row.title.toWellFormed() });
    assert.deepEqual(again.message(row.sessionId, message.messageId), message);
    assert.equal(again.commit, 7);
    again.removeSession(row.sessionId);
    assert.equal(again.session(row.sessionId), undefined);
    assert.equal(again.message(row.sessionId, message.messageId), undefined);
  });

  test("are found by the beginning of their id", (t) => {
    const catalog = open(t);
    for (const number of [1, 2, 0xabc]) catalog.putSession(sessionOf(number));
    assert.deepEqual(catalog.sessionsByPrefix("0198c0de-0000-7000-8000-000000000abc", 3).length, 1);
    assert.deepEqual(catalog.sessionsByPrefix("0198c0de", 2).length, 2);
    assert.deepEqual(catalog.sessionsByPrefix("0198c0df", 2), []);
  });
});

describe("openCatalog", () => {
  const damages: Record<string, (path: string) => void> = {
    "is no database": (path) => writeFileSync(path, "something else altogether\n".repeat(400)),
    "is cut off": (path) => truncateSync(path, 5000),
    "is empty": (path) => truncateSync(path, 0),
    "is of another version": (path) => {
      const database = new DatabaseSync(path);
      database.exec("PRAGMA user_version = 99");
      database.close();
    },
  };
  for (const [what, damage] of Object.entries(damages)) {
    test(`begins anew, or says that it has to, when the file ${what}`, (t) => {
      const path = makePath(t);
      const catalog = open(t, path);
      for (let number = 0; number < 200; number += 1) catalog.putSession(sessionOf(number));
      catalog.reached(7);
      catalog.close();
      damage(path);
      const again = open(t, path);
      if (again.check().length > 0) again.clear();
      assert.equal(again.commit, -1);
      assert.deepEqual([...again.all()], []);
      again.putSession(sessionOf(1));
      assert.equal(again.list({ limit: 10 }).length, 1);
      assert.deepEqual(again.check(), []);
    });
  }

  test("tells damage inside with a code of its own, and closes nevertheless", (t) => {
    const path = makePath(t);
    const catalog = open(t, path);
    for (let number = 0; number < 400; number += 1) catalog.putSession(sessionOf(number));
    catalog.close();
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 4096 * 2, bytes.length - 4096);
    writeFileSync(path, bytes);
    const again = open(t, path);
    assert.ok(again.check().length > 0);
    assert.throws(
      () => pageThrough(again, {}, () => 50),
      (error) => isChattyError(error, "CATALOG_DAMAGED"),
    );
    again.putSession(sessionOf(1));
    again.close();
  });
});
