import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { ConstructId, MessageId, RuntimeId, SessionId } from "@chatty/model";
import { compareTimeline, createUuid, isChattyError } from "@chatty/model";
import { nodeFiles } from "../../files/node-files.ts";
import { TimelineFile } from "./timeline-file.ts";
import type { TimelinePageQuery } from "./timeline-file.ts";
import { timelineRows } from "./timeline-rows.ts";
import type { TimelineMessage, TimelineRow, TimelineSession } from "./timeline-rows.ts";

const runtimes = ["synth", "chatgpt-a", "claude-b"] as RuntimeId[];
const start = Date.UTC(2024, 0, 1);
const dayMs = 24 * 60 * 60 * 1000;

function open(t: TestContext): { file: TimelineFile; path: string } {
  const folder = mkdtempSync(join(tmpdir(), "chatty-timeline-"));
  const path = join(folder, "timeline.db");
  const file = new TimelineFile(nodeFiles(), path);
  t.after(() => {
    file.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { file, path };
}

/** A generator that gives the same numbers for the same seed (Park and Miller 1988). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function sessionOf(random: (below: number) => number, sessionId: SessionId): TimelineSession {
  const runtimeId = runtimes[random(runtimes.length)] ?? ("synth" as RuntimeId);
  const begun = start + random(40) * dayMs;
  let at = begun;
  const messages = Array.from({ length: random(12) }, (_, index): TimelineMessage => {
    // Ties, backwards clocks, false times and none at all.
    at += [0, 0, 1000, 60_000, -5000][random(5)] ?? 0;
    const ms = random(12) === 0 ? 0 : at;
    return {
      id: createUuid() as MessageId,
      parent: index === 0 ? -1 : index - 1 - random(Math.min(index, 2)),
      sequence: index + 1,
      role: index % 2 === 0 ? "user" : "assistant",
      hidden: random(9) === 0,
      ...(random(6) === 0 ? {} : { time: { ms, source: "message" as const } }),
      ...(random(7) === 0 ? { runtimeId: runtimes[random(3)] } : {}),
    };
  });
  return {
    sessionId,
    runtimeId,
    constructId: `${runtimeId}-001` as ConstructId,
    provider: "chatgpt",
    isNative: false,
    ...(random(4) === 0 ? {} : { createdAt: begun + random(3) * 1000 }),
    knownAt: start + 400 * dayMs,
    messages,
  };
}

function selection(at: number, commit: number, runtimeId: RuntimeId): TimelineRow {
  return {
    kind: "runtime_switched",
    runtimeId,
    previousRuntimeId: "synth" as RuntimeId,
    orderAt: at,
    commit,
    sequence: 0,
    hidden: false,
    confidence: 1,
    rules: ["written-live"],
  };
}

const nameOf = ({ kind, sessionId, sequence, messageId, commit, runtimeId }: TimelineRow): string =>
  [kind, sessionId, sequence, messageId, commit, runtimeId].join(" ");

/** Every page of a query, put together. */
function readAll(file: TimelineFile, query: Omit<TimelinePageQuery, "limit">, limit: number): string[] {
  const names: string[] = [];
  for (let after = query.after; ;) {
    const page = file.page({ ...query, limit, ...(after === undefined ? {} : { after }) });
    names.push(...page.rows.map(nameOf));
    if (page.next === undefined) return names;
    after = page.next;
  }
}

/** The same, said by sorting everything. */
function expected(rows: readonly TimelineRow[], query: Omit<TimelinePageQuery, "limit">): string[] {
  const { runtimeIds, kinds, sessionId, from, to, isNewestFirst } = query;
  const sorted = rows
    .filter(
      ({ runtimeId, kind, orderAt, sessionId: own }) =>
        (runtimeIds?.includes(runtimeId) ?? true) &&
        (kinds?.includes(kind) ?? true) &&
        (sessionId === undefined || own === sessionId) &&
        ((from === undefined && to === undefined) ||
          (orderAt !== undefined && orderAt >= (from ?? -Infinity) && orderAt < (to ?? Infinity))),
    )
    .toSorted(compareTimeline)
    .map(nameOf);
  return isNewestFirst === true ? sorted.reverse() : sorted;
}

describe("the timeline in its file", () => {
  for (const seed of [11, 12, 13, 14]) {
    test(`gives the one order of everything after any history, page by page (seed ${seed})`, (t) => {
      const { file } = open(t);
      const random = randomOf(seed);
      const sessions = new Map<SessionId, TimelineSession>();
      const selections: TimelineRow[] = [];
      for (let step = 0; step < 120; step += 1) {
        const known = [...sessions.keys()];
        const act = random(10);
        file.transaction(() => {
          if (act === 0 && known.length > 0) {
            const gone = known[random(known.length)] ?? ("" as SessionId);
            sessions.delete(gone);
            file.removeSession(gone);
          } else if (act === 1) {
            const row = selection(
              start + random(40) * dayMs,
              1 + step,
              runtimes[random(3)] ?? ("synth" as RuntimeId),
            );
            selections.push(row);
            file.putSelection(row);
            file.putSelection(row);
          } else {
            const again = act === 2 && known.length > 0 ? known[random(known.length)] : undefined;
            const session = sessionOf(random, again ?? (createUuid() as SessionId));
            sessions.set(session.sessionId, session);
            file.putSession(session.sessionId, session.constructId, `content ${step}`, timelineRows(session));
          }
        });
      }
      const rows = [...selections, ...[...sessions.values()].flatMap((session) => timelineRows(session))];
      const some = [...sessions.keys()][3];
      const queries: Omit<TimelinePageQuery, "limit">[] = [
        {},
        { isNewestFirst: true },
        { runtimeIds: ["chatgpt-a" as RuntimeId] },
        { runtimeIds: ["chatgpt-a", "nobody"] as RuntimeId[], isNewestFirst: true },
        { kinds: ["message"] },
        { kinds: ["runtime_switched", "conversation_created"] },
        { from: start + 10 * dayMs, to: start + 20 * dayMs },
        { from: start + 10 * dayMs, isNewestFirst: true },
        { to: start + 5 * dayMs },
        ...(some === undefined ? [] : [{ sessionId: some }]),
      ];
      for (const query of queries) {
        for (const limit of [1, 7, 1000]) {
          assert.deepEqual(readAll(file, query, limit), expected(rows, query), JSON.stringify(query));
        }
      }
      const days = file.days();
      assert.equal(
        days.reduce((sum, { events }) => sum + events, 0),
        rows.length,
      );
      for (const { runtimeId, dayAt, events } of days) {
        const own = rows.filter(
          (row) =>
            row.runtimeId === runtimeId &&
            (dayAt === undefined
              ? row.orderAt === undefined
              : row.orderAt !== undefined && Math.floor(row.orderAt / dayMs) * dayMs === dayAt),
        );
        assert.equal(events, own.length);
      }
      assert.deepEqual(file.counts(), { events: rows.length, sessions: sessions.size });
    });
  }

  test("finds every change of runtime by reaching for it, as reading everything does", (t) => {
    const { file } = open(t);
    const random = randomOf(99);
    const rows: TimelineRow[] = [];
    for (let count = 0; count < 40; count += 1) {
      const session = sessionOf(random, createUuid() as SessionId);
      rows.push(...timelineRows(session));
      file.putSession(session.sessionId, session.constructId, "c", timelineRows(session));
    }
    const messages = rows.filter(({ kind }) => kind === "message").toSorted(compareTimeline);
    const read = messages.flatMap((row, index) => {
      const before = messages[index - 1];
      return before !== undefined && before.runtimeId !== row.runtimeId
        ? [[nameOf(before), nameOf(row)]]
        : [];
    });
    const reached: string[][] = [];
    let at = file.page({ kinds: ["message"], limit: 1 }).rows[0];
    while (at !== undefined) {
      const change = file.nextChange(at.cursor);
      if (change === undefined) break;
      reached.push([nameOf(change.last), nameOf(change.next)]);
      at = change.next;
    }
    assert.deepEqual(reached, read);
  });

  test("keeps what it says of a line, and begins anew over a damaged file", (t) => {
    const { file, path } = open(t);
    const session = sessionOf(randomOf(5), createUuid() as SessionId);
    const rows = timelineRows(session);
    file.putSession(session.sessionId, session.constructId, "c", rows);
    const read = file.page({ limit: 1000 }).rows;
    for (const row of rows) {
      const own = read.find((each) => nameOf(each) === nameOf(row));
      assert.ok(own);
      for (const key of ["confidence", "hidden", "role", "orderAt", "shownAt"] as const) {
        assert.equal(own[key], row[key], key);
      }
      assert.deepEqual(own.rules.toSorted(), [...row.rules].sort());
      assert.equal(own.constructId, session.constructId);
    }
    assert.equal(file.contentOf(session.sessionId), "c");
    file.close();
    writeFileSync(path, "no database");
    for (const suffix of ["-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
    const anew = new TimelineFile(nodeFiles(), path);
    assert.deepEqual(anew.counts(), { events: 0, sessions: 0 });
    anew.close();
  });

  test("refuses a cursor that is none", (t) => {
    const { file } = open(t);
    for (const after of ["", "x", Buffer.from("[1,2]").toString("base64url")]) {
      assert.throws(
        () => file.page({ after, limit: 5 }),
        (error) => isChattyError(error, "CURSOR_INVALID"),
      );
    }
  });

  test("adds to a conversation what is new without reading it", (t) => {
    const { file } = open(t);
    const session = sessionOf(randomOf(8), createUuid() as SessionId);
    const rows = timelineRows({ ...session, isNative: true });
    file.putSession(session.sessionId, session.constructId, "1", rows.slice(0, 3));
    file.appendToSession(session.sessionId, "2", rows.slice(3));
    assert.deepEqual(readAll(file, {}, 3), expected(rows, {}));
    assert.equal(file.contentOf(session.sessionId), "2");
  });
});
