import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import type { ImportId, RuntimeId, SessionId, Sha256, UserId } from "@chatty/model";
import { attachmentsOfVersion, findAttachment, insertAttachments } from "./attachments.ts";
import type { ImportAttachment } from "./attachments.ts";
import { openConfiguration } from "./database.ts";
import type { Configuration } from "./database.ts";
import {
  getImport,
  importChange,
  importsOfArchive,
  importsOfRuntime,
  listImports,
  supersedeChanges,
} from "./imports.ts";
import type { ImportRow } from "./imports.ts";
import {
  deleteReferencesOfImport,
  insertReferences,
  newestFirst,
  newestReference,
  referencesOfImport,
  versionsOfSession,
} from "./references.ts";
import type { ImportReference } from "./references.ts";

const userId = "u" as UserId;
const runtimeId = "chatgpt-alex" as RuntimeId;
const session = "s-1" as SessionId;
const archive = "a".repeat(64) as Sha256;

function openBlank(context: TestContext): Configuration {
  const configuration = openConfiguration(":memory:");
  context.after(() => configuration.close());
  return configuration;
}

function importRow(id: string, ordinal: number, changed: Partial<ImportRow> = {}): ImportRow {
  return {
    importId: id as ImportId,
    archiveSha256: archive,
    archiveName: "export.zip",
    archiveBytes: 1000,
    source: "chatgpt",
    runtimeId,
    readerVersion: "1",
    status: "finished",
    ordinal,
    supersededBy: undefined,
    startedAt: 100 - ordinal,
    finishedAt: 200,
    receipt: { balanced: true },
    ...changed,
  };
}

function reference(id: string, ordinal: number, changed: Partial<ImportReference> = {}): ImportReference {
  return {
    importId: id as ImportId,
    ordinal,
    sessionId: session,
    runtimeId,
    sourceId: "source-1",
    kind: "conversation",
    member: "conversations.json",
    memberOffset: 10,
    byteLength: 20,
    rawSha256: archive,
    contentSha256: archive,
    metadataSha256: undefined,
    pack: "1.pack",
    packOffset: 0,
    packLength: 7,
    title: `As in ${id}`,
    createdAt: 1,
    updatedAt: undefined,
    messageCount: 2,
    nodeCount: 3,
    ...changed,
  };
}

function attachment(id: string, member: string | undefined): ImportAttachment {
  return {
    importId: id as ImportId,
    sessionId: session,
    fileId: "file-1",
    pointer: "sediment://file-1",
    name: "a.png",
    mime: undefined,
    size: 4,
    member,
  };
}

function addImport(configuration: Configuration, run: ImportRow, references: ImportReference[]): void {
  configuration.transaction((writer) => insertReferences(writer, userId, references));
  configuration.applyAlone([importChange(userId, run)]);
}

const ids = (runs: readonly ImportRow[]): string[] => runs.map((run) => run.importId);
const importIds = (references: Iterable<ImportReference>): string[] =>
  Array.from(references, (each) => each.importId);

describe("imports", () => {
  test("read back as they were written", (context) => {
    const configuration = openBlank(context);
    const running = importRow("i-1", 0, {
      source: undefined,
      runtimeId: undefined,
      readerVersion: undefined,
      status: "running",
      ordinal: undefined,
      finishedAt: undefined,
      receipt: undefined,
    });
    for (const run of [running, importRow("i-1", 0)]) {
      configuration.applyAlone([importChange(userId, run)]);
      assert.deepEqual(getImport(configuration, userId, "i-1" as ImportId), run);
    }
  });

  test("are found by archive, by runtime in their order, and by whether they finished", (context) => {
    const configuration = openBlank(context);
    const rows = [
      importRow("i-2", 1),
      importRow("i-1", 0),
      importRow("i-3", 2, { status: "running", finishedAt: undefined }),
      importRow("i-4", 3, { status: "failed", archiveSha256: "b".repeat(64) as Sha256 }),
      importRow("i-5", 0, { runtimeId: "claude-alex" as RuntimeId, archiveSha256: "c".repeat(64) as Sha256 }),
    ];
    configuration.applyAlone(rows.map((run) => importChange(userId, run)));
    assert.deepEqual(ids(importsOfRuntime(configuration, userId, runtimeId)), ["i-1", "i-2"]);
    assert.deepEqual(ids(listImports(configuration, userId, "running")), ["i-3"]);
    assert.deepEqual(ids(listImports(configuration, userId, "failed")), ["i-4"]);
    assert.deepEqual(ids(importsOfArchive(configuration, userId, archive)), ["i-3", "i-2", "i-1"]);
    assert.equal(listImports(configuration, userId).length, 5);
  });

  test("that are replaced stay and are no longer shown", (context) => {
    const configuration = openBlank(context);
    configuration.applyAlone(
      [importRow("i-1", 0), importRow("i-2", 1)].map((run) => importChange(userId, run)),
    );
    configuration.applyAlone(supersedeChanges(configuration, userId, runtimeId, "i-2" as ImportId));
    assert.deepEqual(ids(importsOfRuntime(configuration, userId, runtimeId)), ["i-2"]);
    assert.deepEqual(ids(importsOfRuntime(configuration, userId, runtimeId, { superseded: true })), [
      "i-1",
      "i-2",
    ]);
  });
});

describe("references", () => {
  test("read back as they were written, in the order of the archive", (context) => {
    const configuration = openBlank(context);
    const references = [
      reference("i-1", 0),
      reference("i-1", 1, { kind: "memory", sessionId: undefined, sourceId: undefined, title: undefined }),
    ];
    assert.equal(
      configuration.transaction((writer) => insertReferences(writer, userId, references)),
      2,
    );
    assert.deepEqual([...referencesOfImport(configuration, userId, "i-1" as ImportId)], references);
  });

  test("give the newest version by the order of the imports, not by their time", (context) => {
    const configuration = openBlank(context);
    addImport(configuration, importRow("i-2", 1, { startedAt: 1 }), [reference("i-2", 5)]);
    addImport(configuration, importRow("i-1", 0, { startedAt: 9 }), [
      reference("i-1", 5),
      reference("i-1", 6, { sessionId: "s-2" as SessionId, sourceId: "source-2" }),
    ]);
    assert.equal(newestReference(configuration, userId, session)?.title, "As in i-2");
    assert.deepEqual(importIds(versionsOfSession(configuration, userId, session)), ["i-1", "i-2"]);
  });

  test("give the version that the source changed last, whichever was imported first, with all messages", (context) => {
    const configuration = openBlank(context);
    addImport(configuration, importRow("i-1", 0), [reference("i-1", 0, { updatedAt: 9, messageCount: 3 })]);
    addImport(configuration, importRow("i-2", 1), [reference("i-2", 0, { updatedAt: 5, messageCount: 4 })]);
    const newest = newestReference(configuration, userId, session);
    assert.deepEqual([newest?.importId, newest?.messageCount], ["i-1", 4]);
  });

  test("stand in one order, also where a time is not known", () => {
    const order = (...times: (number | undefined)[]): number[] =>
      newestFirst(times.map((updatedAt, index) => ({ updatedAt, index }))).map(({ index }) => index);
    assert.deepEqual(order(1, 2, 3), [2, 1, 0]);
    assert.deepEqual(order(3, 2, 1), [0, 1, 2]);
    assert.deepEqual(order(1, 1, 1), [2, 1, 0]);
    assert.deepEqual(order(undefined, undefined), [1, 0]);
    assert.deepEqual(order(9, undefined), [1, 0]);
    assert.deepEqual(order(undefined, 9), [1, 0]);
    assert.deepEqual(order(9, undefined, 5), [1, 0, 2]);
  });

  test("of an import that is under way are not seen yet", (context) => {
    const configuration = openBlank(context);
    const running = importRow("i-1", 0, { status: "running" });
    addImport(configuration, running, [reference("i-1", 0)]);
    assert.equal(newestReference(configuration, userId, session), undefined);
    configuration.applyAlone([importChange(userId, { ...running, status: "finished" })]);
    assert.equal(newestReference(configuration, userId, session)?.importId, "i-1");
  });

  test("of a replaced import are not seen unless asked for", (context) => {
    const configuration = openBlank(context);
    addImport(configuration, importRow("i-1", 0), [reference("i-1", 0)]);
    addImport(configuration, importRow("i-2", 1), [reference("i-2", 0, { sessionId: "s-2" as SessionId })]);
    configuration.applyAlone(supersedeChanges(configuration, userId, runtimeId, "i-2" as ImportId));
    assert.equal(newestReference(configuration, userId, session), undefined);
    assert.deepEqual(versionsOfSession(configuration, userId, session), []);
    assert.equal(versionsOfSession(configuration, userId, session, { superseded: true }).length, 1);
  });

  test("are all inserted or none", (context) => {
    const configuration = openBlank(context);
    const twice = [reference("i-1", 0), reference("i-1", 1), reference("i-1", 0)];
    assert.throws(
      () => configuration.transaction((writer) => insertReferences(writer, userId, twice)),
      (error) => isChattyError(error, "CONFIGURATION_CHANGE_REFUSED"),
    );
    assert.deepEqual([...referencesOfImport(configuration, userId, "i-1" as ImportId)], []);
  });

  test("go with the attachments of their import, and no others", (context) => {
    const configuration = openBlank(context);
    configuration.transaction((writer) => {
      insertReferences(writer, userId, [reference("i-1", 0), reference("i-2", 0)]);
      insertAttachments(writer, userId, [attachment("i-1", "a.png"), attachment("i-2", "a.png")]);
    });
    const deleted = configuration.transaction((writer) =>
      deleteReferencesOfImport(writer, userId, "i-1" as ImportId),
    );
    assert.equal(deleted, 2);
    assert.deepEqual([...referencesOfImport(configuration, userId, "i-1" as ImportId)], []);
    assert.equal([...referencesOfImport(configuration, userId, "i-2" as ImportId)].length, 1);
    assert.equal(attachmentsOfVersion(configuration, userId, "i-2" as ImportId, session).length, 1);
  });

  test("are found by index, however many there are", (context) => {
    const configuration = openBlank(context);
    const plans: [string, RegExp][] = [
      ["session_id = 's'", /import_references_by_session/],
      ["runtime_id = 'r' AND source_id = 's'", /import_references_by_source/],
    ];
    for (const [condition, index] of plans) {
      const sql = `EXPLAIN QUERY PLAN SELECT * FROM import_references WHERE user_id = 'u' AND ${condition}`;
      assert.match(String(configuration.get(sql)?.["detail"]), index);
    }
  });
});

describe("findAttachment", () => {
  test("prefers an export that holds the bytes to a newer one that does not", (context) => {
    const configuration = openBlank(context);
    addImport(configuration, importRow("i-1", 0), []);
    addImport(configuration, importRow("i-2", 1), []);
    configuration.transaction((writer) => {
      assert.equal(insertAttachments(writer, userId, [attachment("i-2", undefined)]), 1);
      assert.equal(insertAttachments(writer, userId, [attachment("i-2", "again.png")]), 0);
    });
    assert.equal(findAttachment(configuration, userId, session, "file-1")?.member, undefined);
    configuration.transaction((writer) => insertAttachments(writer, userId, [attachment("i-1", "a.png")]));
    assert.deepEqual(findAttachment(configuration, userId, session, "file-1"), attachment("i-1", "a.png"));
    assert.equal(findAttachment(configuration, userId, session, "file-2"), undefined);
  });
});
