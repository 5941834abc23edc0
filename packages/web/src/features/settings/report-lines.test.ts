import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "@chatty/server/api";
import { reportLines } from "./report-lines.ts";

function job(change: Partial<Job>): Job {
  return {
    jobId: "j",
    kind: "verify",
    name: "Verify",
    state: "done",
    bytesDone: 0,
    bytesTotal: null,
    conversations: 0,
    startedAt: 0,
    ...change,
  };
}

test("a good report says what was read", () => {
  const report = {
    ok: true,
    checked: { sessions: 3, records: 1204, archives: 1, references: 2 },
    problems: [],
  };
  const { isGood, lines } = reportLines(job({ report }));
  assert.equal(isGood, true);
  assert.equal(lines[0], "Everything is as it was written: 3 conversations, 1,204 records, 1 export.");
});

test("every problem of a bad report is told, with what to do", () => {
  const problems = [{ code: "X", path: "a.jsonl", message: "A line is torn" }];
  const { isGood, lines } = reportLines(job({ report: { ok: false, checked: {}, problems } }));
  assert.equal(isGood, false);
  assert.equal(lines[1], "A line is torn (a.jsonl)");
  assert.match(lines.at(-1) ?? "", /Repair/);
});

test("a report that cannot be read and a failure are never called good", () => {
  assert.equal(reportLines(job({ report: "?" })).isGood, false);
  assert.equal(reportLines(job({ state: "failed", kind: "rebuild" })).isGood, false);
  assert.equal(reportLines(job({ state: "cancelled" })).isGood, false);
});

test("a repair tells what was saved, what is lost where, and where the originals are", () => {
  const report = {
    recovered: 12,
    lost: [{ path: "messages.jsonl", from: 100, to: 350 }],
    quarantined: ["quarantine/x-messages.jsonl"],
    remaining: [],
  };
  const { isGood, lines } = reportLines(job({ kind: "repair", report }));
  assert.equal(isGood, false);
  assert.match(lines.join("\n"), /12 things saved/);
  assert.match(lines.join("\n"), /Lost: .* of messages\.jsonl, bytes 100 to 350/);
  assert.match(lines.join("\n"), /quarantine\/x-messages\.jsonl/);
  assert.match(lines.join("\n"), /backup/);
});

test("a repair that had nothing to do says so, and one without a report is not called good", () => {
  const report = { recovered: 0, lost: [], quarantined: [], remaining: [] };
  assert.equal(reportLines(job({ kind: "repair", report })).isGood, true);
  assert.equal(reportLines(job({ kind: "repair" })).isGood, false);
});
