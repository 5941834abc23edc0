import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { JournalBody, JournalHeader, JournalRecord } from "../journal/record.ts";
import {
  conversationCreatedEvent,
  messageEvent,
  rebuildEvents,
  runtimeSelectionEvent,
  type EventJournal,
} from "./events.ts";

const at = Date.UTC(2025, 10, 13, 18, 0, 5);

function header(sessionId: string, commit: number): JournalHeader {
  return {
    version: "1.0",
    chat_id: sessionId,
    timestamp: at,
    metadata: {
      userId: "u",
      runtimeId: "chatgpt-alex",
      constructId: "chatgpt-alex-001",
      title: "Tea",
      source: "new_conversation",
      commit,
    },
  };
}

function sealed(seq: number, body: JournalBody): JournalRecord {
  return { seq, ...body, prev: "", hash: "" };
}

function message(seq: number, commit: number, more: object = {}): JournalRecord & { kind: "message" } {
  const said = { role: "user", content: "Hello", runtimeId: "lin", constructId: "lin-001" } as const;
  const body = {
    kind: "message",
    id: `m${seq}`,
    parentId: null,
    ...said,
    commit,
    timestamp: at,
    ...more,
  } as const;
  return { seq, ...body, prev: "", hash: "" };
}

describe("the bodies of events", () => {
  test("a selection is as specification 003 has it, with its commit", () => {
    const selection = {
      eventType: "runtime_switched",
      runtimeId: "chatgpt-alex",
      previousRuntimeId: "synth",
      constructId: "chatgpt-alex-001",
      provider: "ChatGPT",
      isImported: true,
      isCore: false,
      source: "user_action",
    } as const;
    assert.deepEqual(runtimeSelectionEvent(selection, { at, commit: 7 }), {
      timestamp: "2025-11-13T18:00:05.000Z",
      eventType: "runtime_switched",
      runtimeId: "chatgpt-alex",
      previousRuntimeId: "synth",
      metadata: { constructId: "chatgpt-alex-001", provider: "ChatGPT", isImported: true, isCore: false },
      source: "user_action",
      commit: 7,
    });
    const { previousRuntimeId: _, ...first } = selection;
    assert.equal("previousRuntimeId" in runtimeSelectionEvent(first, { at, commit: 7 }), false);
  });

  test("a message has the runtime under which it was said, its files and its position", () => {
    const record = message(3, 9, {
      role: "assistant",
      responseTimeMs: 1200,
      thinkingLog: ["hm"],
      parts: [
        { kind: "text", text: "Hello" },
        { kind: "image", name: "a.png", size: 3, mime: "image/png", fileId: "sha256:00" },
      ],
    });
    assert.deepEqual(messageEvent(record, "s1"), {
      timestamp: "2025-11-13T18:00:05.000Z",
      eventType: "message",
      sessionId: "s1",
      messageId: "m3",
      runtimeId: "lin",
      constructId: "lin-001",
      messageSequence: 3,
      role: "assistant",
      // printf %s Hello | sha256sum
      contentHash: "sha256:185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969",
      metadata: {
        responseTimeMs: 1200,
        thinkingLog: ["hm"],
        files: [{ name: "a.png", size: 3, type: "image/png", fileId: "sha256:00" }],
      },
      commit: 9,
    });
    assert.deepEqual(messageEvent(message(1, 2), "s1").metadata, {});
  });

  test("a message that a fork brought along says so and keeps its own time", () => {
    const dated = messageEvent(message(1, 2, { origin: { timestamp: 0 } }), "s1");
    assert.deepEqual([dated.timestamp, dated.metadata], ["1970-01-01T00:00:00.000Z", { copied: true }]);
    const undated = messageEvent(message(1, 2, { origin: {} }), "s1");
    assert.deepEqual(undated.metadata, { copied: true, timestampSource: "none" });
  });

  test("a creation is as specification 003 has it", () => {
    assert.deepEqual(conversationCreatedEvent(header("s1", 4)), {
      timestamp: "2025-11-13T18:00:05.000Z",
      eventType: "conversation_created",
      sessionId: "s1",
      runtimeId: "chatgpt-alex",
      constructId: "chatgpt-alex-001",
      title: "Tea",
      source: "new_conversation",
      commit: 4,
    });
  });
});

describe("rebuildEvents", () => {
  test("gives the bodies in the order in which they were written, whatever order the journals come in", () => {
    const steps = fc.array(fc.record({ session: fc.nat(4), messages: fc.nat(3), note: fc.boolean() }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(steps, fc.array(fc.nat(), { minLength: 5, maxLength: 5 }), (commits, ranks) => {
        const journals = new Map<string, EventJournal & { records: JournalRecord[] }>();
        const live = { conversations: [] as object[], messages: [] as object[] };
        commits.forEach(({ session, messages, note }, index) => {
          const sessionId = `s${session}`;
          let journal = journals.get(sessionId);
          if (journal === undefined) {
            journal = { header: header(sessionId, index), records: [] };
            journals.set(sessionId, journal);
            live.conversations.push(conversationCreatedEvent(journal.header));
          }
          const { records } = journal;
          if (note) {
            const body = { kind: "note", id: `n${index}`, text: "", commit: index, timestamp: at } as const;
            records.push(sealed(records.length + 1, body));
          }
          for (let count = 0; count < messages; count += 1) {
            const record = message(records.length + 1, index);
            records.push(record);
            live.messages.push(messageEvent(record, sessionId));
          }
        });
        const shuffled = [...journals.values()]
          .map((journal, index) => ({ journal, rank: ranks[index] ?? 0 }))
          .sort((left, right) => left.rank - right.rank)
          .map(({ journal }) => journal);
        assert.deepEqual(rebuildEvents(shuffled), live);
      }),
    );
  });
});
