import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConstructId, parseRuntimeId, parseSessionId } from "@chatty/model";
import type { Receipt } from "@chatty/server/api";
import { changesSentence, groupProblems, placeInWords, receiptSentence } from "./receipt-sentence.ts";

function receipt(change: Partial<Receipt> = {}): Receipt {
  return {
    path: "export.zip",
    source: "chatgpt",
    archive: `sha256:${"0".repeat(64)}`,
    runtimeId: parseRuntimeId("chatgpt-alex"),
    constructId: parseConstructId("chatgpt-alex-001"),
    homeSessionId: parseSessionId("0190a1b2-0000-7000-8000-000000000000"),
    alreadyImported: false,
    conversations: { seen: 2836, new: 2836, grown: 0, edited: 0, unchanged: 0, gone: 0, failed: 0 },
    nodes: { seen: 70_000, stored: 69_000, flagged: 1000, skipped: 0 },
    messages: 61_204,
    attachments: { referenced: 20, found: 6, missing: 14 },
    balanced: true,
    problems: [],
    durationMs: 1000,
    ...change,
  };
}

test("a receipt is one sentence that names what is not here", () => {
  assert.equal(
    receiptSentence(receipt()),
    "2,836 conversations, 61,204 messages, every node accounted for; 14 files were not in the export.",
  );
});

test("everything is called accounted for only when it is", () => {
  const sentence = receiptSentence(
    receipt({ balanced: false, nodes: { seen: 10, stored: 7, flagged: 1, skipped: 1 } }),
  );
  assert.match(sentence, /1 node not accounted for; 1 node could not be read and 14 files/);
});

test("the same export again changed nothing", () => {
  assert.match(receiptSentence(receipt({ alreadyImported: true })), /here already/);
});

test("a newer export says what is new, and that what is gone upstream is kept", () => {
  assert.equal(changesSentence(receipt()), undefined);
  const conversations = { seen: 50, new: 41, grown: 12, edited: 2, unchanged: 0, gone: 3, failed: 0 };
  assert.equal(
    changesSentence(receipt({ conversations })),
    "Since the last export: 41 new, 12 grew, 2 edited and 3 are no longer in the export and kept here.",
  );
});

test("every problem is in a group, the most frequent first", () => {
  const problems = [
    { code: "RECORD_UNREADABLE", message: "a" },
    { code: "FILE_MISSING", message: "b", where: { member: "conversations.json", offset: 1234 } },
    { code: "FILE_MISSING", message: "c" },
  ];
  const groups = groupProblems(problems);
  assert.deepEqual(
    groups.map((group) => [group.title, group.problems.length]),
    [
      ["File missing", 2],
      ["Record unreadable", 1],
    ],
  );
  assert.equal(placeInWords(problems[1]?.where), "conversations.json, byte 1,234");
});
