import assert from "node:assert/strict";
import { test } from "node:test";
import type { SearchAnswer, SearchHit } from "@chatty/server/api";
import { nextStop, resultRows } from "./result-rows.ts";

function hit(sessionId: string, messageId: string, more: Partial<SearchHit> = {}): SearchHit {
  return {
    sessionId,
    messageId,
    runtimeId: "r",
    constructId: "c",
    title: sessionId,
    role: "user",
    score: 1,
    snippet: "",
    marks: [],
    titleMarks: [],
    field: "text",
    onActivePath: true,
    foundBy: ["text"],
    ...more,
  };
}

function page(...hits: SearchHit[]): SearchAnswer {
  return {
    hits,
    totalIsExact: true,
    sort: "best",
    mode: "text",
    pendingSessions: 0,
    notices: [],
    tookMs: 1,
  };
}

const shape = (rows: readonly { kind: string; key: string }[]): string[] =>
  rows.map(({ kind, key }) => `${kind} ${key}`);

test("hits stand by conversation, in the order in which the best of each came", () => {
  const { rows, loaded } = resultRows(
    [page(hit("a", "1", { timestamp: 5 }), hit("b", "2"), hit("a", "3", { timestamp: 9 }))],
    new Set(),
    false,
  );
  assert.equal(loaded, 3);
  assert.deepEqual(shape(rows), ["group 0 a", "hit a 1 text", "hit a 3 text", "group 0 b", "hit b 2 text"]);
  assert.ok(rows[0]?.kind === "group" && rows[0].newest === 9);
});

test("a page that comes later moves nothing that is read", () => {
  const first = page(hit("a", "1"), hit("b", "2"));
  const before = resultRows([first], new Set(), true).rows.filter((row) => row.kind !== "pending");
  const after = resultRows([first, page(hit("a", "7"), hit("b", "2"))], new Set(), false).rows;
  assert.deepEqual(shape(after.slice(0, before.length)), shape(before));
  // The one that came twice is shown once, the conversation that comes again says so.
  assert.deepEqual(shape(after.slice(before.length)), ["group 1 a", "hit a 7 text"]);
  const again = after[before.length];
  assert.ok(again?.kind === "group" && again.isAgain);
});

test("of a conversation with many hits the rest is a line away", () => {
  const hits = Array.from({ length: 9 }, (_, index) => hit("a", String(index)));
  const { rows, loaded } = resultRows([page(...hits, hit("b", "x"))], new Set(), false);
  assert.equal(loaded, 10);
  const more = rows[4];
  assert.ok(more?.kind === "more" && more.hidden === 6);
  const last = rows.at(-1);
  assert.ok(last?.kind === "hit" && last.position === 10);
  assert.equal(resultRows([page(...hits)], new Set(["0 a"]), false).rows.length, 10);
  // Four are shown rather than three and a line.
  assert.equal(resultRows([page(...hits.slice(0, 4))], new Set(), false).rows.length, 5);
});

test("a title that was hit is a line of its own only where nothing else was found", () => {
  const title = { field: "title", titleMarks: [[0, 1]] } satisfies Partial<SearchHit>;
  const both = resultRows(
    [page(hit("a", "1", title), hit("a", "2"), hit("b", "3", title))],
    new Set(),
    false,
  );
  assert.deepEqual(shape(both.rows), ["group 0 a", "hit a 2 text", "group 0 b", "hit b 3 title"]);
  assert.ok(both.rows[0]?.kind === "group" && both.rows[0].hit.titleMarks.length === 1);
});

test("keys stop at hits and at what unfolds, nowhere else", () => {
  const { rows } = resultRows([page(hit("a", "1"), hit("b", "2"))], new Set(), true);
  assert.equal(nextStop(rows, -1, 1), 1);
  assert.equal(nextStop(rows, 1, 1), 3);
  assert.equal(nextStop(rows, 3, 1), -1);
  assert.equal(nextStop(rows, 1, -1), -1);
});

test("fifty thousand hits are laid out at once", () => {
  const pages = Array.from({ length: 250 }, (_, number) =>
    page(...Array.from({ length: 200 }, (_, index) => hit(`s${number}-${index % 70}`, String(index)))),
  );
  const start = performance.now();
  const { loaded } = resultRows(pages, new Set(), true);
  assert.equal(loaded, 50_000);
  assert.ok(performance.now() - start < 1000, `${performance.now() - start} ms`);
});
