import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ConstructId, RuntimeId, SessionId } from "../ids.ts";
import { ledgerEntries, ledgerOf } from "./day-ledger.ts";
import type { LedgerSession, LedgerSource } from "./day-ledger.ts";
import { dailySummary, runtimeActivity } from "./day-reports.ts";
import { evidenceOf } from "./evidence-sources.ts";
import { formatLedgerJson } from "./ledger-entry.ts";
import { formatLedgerTexts, parseLedgerTexts } from "./ledger-text.ts";

function said(
  at: string | undefined,
  sessionId: string,
  runtimeId: string,
  content: string,
  index = 1,
): LedgerSource {
  const ms = at === undefined ? undefined : Date.parse(at);
  return {
    kind: "message",
    ...(ms === undefined ? {} : { at: ms }),
    sessionId: sessionId as SessionId,
    runtimeId: runtimeId as RuntimeId,
    constructId: `${runtimeId}-001` as ConstructId,
    sequence: index,
    role: index % 2 === 1 ? "user" : "assistant",
    content,
    confidence: ms === undefined ? 0.3 : 1,
    evidence: [evidenceOf(ms === undefined ? "order-only" : "own-time")],
  };
}

const session = (title: string): LedgerSession => ({
  title,
  provider: "ChatGPT",
  isImported: true,
  mode: "lin",
  path: `imports/${title}.md`,
  linkedSessions: [],
  references: [],
  tellingWords: ["boat"],
});
const around = { session, runtimeBefore: "lin", runtimeAfter: "synth" };
const messages = [
  said("2025-11-13T10:00:00Z", "a", "synth", "Hello"),
  said("2025-11-13T10:00:05Z", "a", "synth", "Hi there", 2),
  said("2025-11-13T11:00:00Z", "b", "chatgpt-a", "Ugh, the boat leaks *again*"),
  said("2025-11-13T12:00:00Z", "a", "synth", "Thanks", 3),
  said("2025-11-13T12:30:00Z", "a", "claude-a", "You are welcome", 4),
  said("2025-11-14T00:00:00Z", "a", "claude-a", "A new day", 5),
  said(undefined, "c", "synth", "When was this?"),
];

describe("a ledger made of messages", () => {
  const entries = ledgerEntries(messages, around);

  test("has an entry for each day, conversation and runtime, in the order of their beginnings", () => {
    assert.deepEqual(
      entries.map(({ date, sessionId, runtimeId, messages: own }) => [
        date,
        sessionId,
        runtimeId,
        own.length,
      ]),
      [
        ["2025-11-13", "a", "synth", 3],
        ["2025-11-13", "b", "chatgpt-a", 1],
        ["2025-11-13", "a", "claude-a", 1],
        ["2025-11-14", "a", "claude-a", 1],
        ["undated", "c", "synth", 1],
      ],
    );
  });

  test("hooks each entry to the runtimes before and behind it, where they are others", () => {
    assert.deepEqual(
      entries.map(({ continuityHooks: { previousRuntime, nextRuntime } }) => [previousRuntime, nextRuntime]),
      [
        ["lin", "claude-a"],
        ["synth", "synth"],
        ["synth", undefined],
        [undefined, "synth"],
        ["claude-a", undefined],
      ],
    );
  });

  test("is as sure as its least sure message, and names its evidence once", () => {
    assert.deepEqual(
      entries.map(({ confidence }) => confidence),
      [1, 1, 1, 1, 0.3],
    );
    assert.deepEqual(entries[0]?.evidenceSources, [
      { type: "file", source: "imports/a.md" },
      { type: "metadata", source: "message timestamp" },
    ]);
    assert.deepEqual([entries[1]?.vibe, entries[1]?.keyTopics], ["frustrated", ["boat"]]);
  });

  test("is the same bytes for the same messages, and says the same in both forms", () => {
    const generated = Date.UTC(2026, 0, 2);
    const ledger = ledgerOf(messages, entries, generated);
    assert.equal(
      formatLedgerJson(ledger),
      formatLedgerJson(ledgerOf(messages, ledgerEntries(messages, around), generated)),
    );
    assert.deepEqual(ledger.metadata, {
      generated: "2026-01-02T00:00:00Z",
      totalEvents: 7,
      runtimes: ["synth", "chatgpt-a", "claude-a"],
      sessions: ["a", "b", "c"],
      dateRange: { start: "2025-11-13T10:00:00Z", end: "2025-11-14T00:00:00Z" },
    });
    const read = parseLedgerTexts(formatLedgerTexts(entries));
    assert.deepEqual(
      read.map(({ date, sessionId, confidence, messages: own }) => [date, sessionId, confidence, own.length]),
      entries.map(({ date, sessionId, confidence, messages: own }) => [
        date,
        sessionId,
        confidence,
        own.length,
      ]),
    );
  });

  test("is the same in every time zone", () => {
    const zone = process.env["TZ"];
    const forms = ["UTC", "Pacific/Kiritimati", "America/Caracas"].map((name) => {
      process.env["TZ"] = name;
      return formatLedgerTexts(ledgerEntries(messages, around)) + dailySummary("2025-11-13", entries);
    });
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
    assert.deepEqual(new Set(forms).size, 1);
  });
});

describe("reports of a day", () => {
  const day = ledgerEntries(messages, around).filter(({ date }) => date === "2025-11-13");

  test("count what each runtime did, the most active first", () => {
    assert.deepEqual(runtimeActivity("2025-11-13", day), {
      date: "2025-11-13",
      runtimes: [
        {
          runtimeId: "synth",
          messages: 3,
          sessions: 1,
          byRole: { user: 2, assistant: 1 },
          first: "2025-11-13T10:00:00Z",
          last: "2025-11-13T12:00:00Z",
        },
        {
          runtimeId: "chatgpt-a",
          messages: 1,
          sessions: 1,
          byRole: { user: 1 },
          first: "2025-11-13T11:00:00Z",
          last: "2025-11-13T11:00:00Z",
        },
        {
          runtimeId: "claude-a",
          messages: 1,
          sessions: 1,
          byRole: { assistant: 1 },
          first: "2025-11-13T12:30:00Z",
          last: "2025-11-13T12:30:00Z",
        },
      ],
    });
  });

  test("read like a diary, with nothing of a text taken for structure", () => {
    const text = dailySummary("2025-11-13", day);
    assert.ok(text.startsWith("# 2025-11-13\n\n5 messages in 2 conversations under 3 runtimes.\n"), text);
    assert.ok(text.includes("> Ugh, the boat leaks \\*again\\*"));
    assert.equal(dailySummary("2025-11-15", []), "# 2025-11-15\n\nNothing was said on this day.\n");
  });
});
