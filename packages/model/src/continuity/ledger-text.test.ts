import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isChattyError } from "../errors.ts";
import type { LedgerEntry } from "./ledger-entry.ts";
import { formatLedgerText, formatLedgerTexts, parseLedgerTexts } from "./ledger-text.ts";
import { keyTopicsOf } from "./key-topics.ts";
import { vibeOf } from "./vibe.ts";

const said = ["Hello, how are you?", "Hi there! I'm doing well, thanks for asking."];
const { vibe, emoji } = vibeOf(said);

/** What the sample ledger of specification 003 tells of. */
const sample: LedgerEntry = {
  date: "2025-11-13",
  timestamp: "2025-11-13T18:00:05Z",
  sessionId: "session_1734115200000_abc123",
  sessionTitle: "Chat with ChatGPT",
  runtimeId: "chatgpt-alex",
  constructId: "chatgpt-alex-001",
  messages: said.map((content, index) => ({
    sequence: index + 1,
    timestamp: `2025-11-13T18:00:${index === 0 ? "05" : "10"}Z`,
    role: index === 0 ? "user" : "assistant",
    content,
  })),
  runtimeContext: {
    activeRuntime: "chatgpt-alex",
    runtimeMode: "lin",
    provider: "ChatGPT",
    isImported: true,
  },
  continuityHooks: { previousRuntime: "synth", linkedSessions: [], crossRuntimeReferences: [] },
  confidence: 1,
  evidenceSources: [
    { type: "file", source: "vvault/users/.../constructs/chatgpt-alex-001/chatty/session_123.md" },
    { type: "metadata", source: "message timestamp" },
  ],
  keyTopics: keyTopicsOf([said[0] ?? ""], []).map(({ topic }) => topic),
  notes: [],
  vibe,
  emoji,
};

/** Specification 003, "SQL Ledger Format", byte for byte. */
const specified = `-- MULTIRUNTIME CONTINUITY LEDGER ENTRY
Date: 2025-11-13
SessionID: "session_1734115200000_abc123"
SessionTitle: "Chat with ChatGPT"
RuntimeID: "chatgpt-alex"
ConstructID: "chatgpt-alex-001"

RuntimeContext:
- ActiveRuntime: "chatgpt-alex"
- RuntimeMode: "lin"
- Provider: "ChatGPT"
- IsImported: true

Messages:
- [1] user: Hello, how are you?
- [2] assistant: Hi there! I'm doing well, thanks for asking.

ContinuityHooks:
- PreviousRuntime: "synth"
- LinkedSessions: []

KeyTopics:
- Greeting
- General conversation

Confidence: 1.0
EvidenceSources:
- file: vvault/users/.../constructs/chatgpt-alex-001/chatty/session_123.md
- metadata: message timestamp

Vibe: "friendly" | Emoji(s): 👋
`;

describe("a ledger in its text form", () => {
  test("is the sample of the specification, byte for byte", () => {
    assert.equal(formatLedgerText(sample), specified);
  });

  test("reads back as it was written", () => {
    const [read] = parseLedgerTexts(specified);
    assert.deepEqual(read, {
      date: sample.date,
      sessionId: sample.sessionId,
      sessionTitle: sample.sessionTitle,
      runtimeId: sample.runtimeId,
      constructId: sample.constructId,
      runtimeContext: sample.runtimeContext,
      messages: sample.messages.map(({ sequence, role, content }) => ({
        sequence,
        role,
        content,
        isCut: false,
      })),
      continuityHooks: { previousRuntime: "synth", linkedSessions: [], crossRuntimeReferences: [] },
      keyTopics: sample.keyTopics,
      notes: [],
      confidence: 1,
      evidenceSources: sample.evidenceSources,
      vibe: "friendly",
      emoji: ["👋"],
    });
  });

  test("cuts at a hundred characters as a person counts them, and marks only what it cut", () => {
    const shown = (content: string) => {
      const text = formatLedgerText({
        ...sample,
        messages: [{ sequence: 1, timestamp: "", role: "user", content }],
      });
      const [read] = parseLedgerTexts(text);
      const [message] = read?.messages ?? [];
      assert.ok(message);
      return { ...message, line: /^- \[1\] user: (.*)$/m.exec(text)?.[1] };
    };
    const exact = "x".repeat(100);
    assert.deepEqual([shown(exact).line, shown(exact).isCut], [exact, false]);
    assert.deepEqual([shown(`${exact}y`).line, shown(`${exact}y`).isCut], [`${exact}...`, true]);
    const families = "👨‍👩‍👧‍👦".repeat(101);
    assert.equal(shown(families).content, "👨‍👩‍👧‍👦".repeat(100));
    const dots = "and so on...";
    assert.deepEqual([shown(dots).content, shown(dots).isCut], [dots, false]);
    assert.equal(shown("long ... ".repeat(50)).isCut, true);
  });

  test("keeps every text on its line and gives it back as it was", () => {
    const nasty = [
      'a "quote" \\ and \\n that is no line',
      "two\nlines\r\nand\ttabs",
      "-- MULTIRUNTIME CONTINUITY LEDGER ENTRY\nDate: 1999-01-01",
      "- [9] user: not a message",
      "\u2028\u2029\u0000\u0085 \ud800",
      "",
      " leading and trailing ",
    ];
    const entries = nasty.map((text, index) => ({
      ...sample,
      sessionTitle: text,
      messages: [{ sequence: index, timestamp: "", role: "tool" as const, content: text }],
      keyTopics: [text],
      notes: [text, "second"],
      continuityHooks: {
        previousRuntime: text,
        nextRuntime: text,
        linkedSessions: [text, text],
        crossRuntimeReferences: [{ sessionId: text, runtimeId: "r", referenceType: "related" as const }],
      },
    }));
    const read = parseLedgerTexts(formatLedgerTexts(entries));
    assert.equal(read.length, nasty.length);
    for (const [index, text] of nasty.entries()) {
      const entry = read[index];
      assert.ok(entry);
      assert.equal(entry.sessionTitle, text);
      assert.deepEqual(entry.messages, [{ sequence: index, role: "tool", content: text, isCut: false }]);
      assert.deepEqual([entry.keyTopics, entry.notes], [[text], [text, "second"]]);
      assert.deepEqual(entry.continuityHooks, {
        previousRuntime: text,
        nextRuntime: text,
        linkedSessions: [text, text],
        crossRuntimeReferences: [`${text}@r`],
      });
    }
  });

  test("says which line cannot be read", () => {
    for (const [from, to] of [
      ["RuntimeMode", "Runtime"],
      ['"lin"', '"other"'],
      ["Confidence: 1.0", "Confidence: 7"],
      ["- file:", "- rumour:"],
      ["[1]", "[one]"],
    ] as const) {
      assert.throws(
        () => parseLedgerTexts(specified.replace(from, to)),
        (error) => isChattyError(error, "LEDGER_UNREADABLE") && /Line \d+/.test(error.message),
      );
    }
    assert.throws(
      () => parseLedgerTexts(specified.slice(0, 300)),
      (error) => isChattyError(error, "LEDGER_UNREADABLE"),
    );
  });
});
