import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ConstructId, RuntimeId } from "../ids.ts";
import type { TimelineEvent, TimelineKind } from "./timeline-event.ts";
import { formatTimelineLine } from "./timeline-line.ts";
import { timelineCalendar, timelineCsv, timelineMarkdown } from "./timeline-export.ts";
import { compareTimeline } from "./timeline-order.ts";
import type { OrderKey } from "./timeline-order.ts";

/** Specification 003, "Example Timeline". */
const specified = `2025-11-13 17:55:00 UTC - Runtime Selected: synth
2025-11-13 17:55:05 UTC - Message (synth): "Hello Synth"
2025-11-13 17:55:10 UTC - Message (synth): "Hi! How can I help?"
2025-11-13 18:00:00 UTC - Runtime Selected: chatgpt-alex
2025-11-13 18:00:05 UTC - Message (chatgpt-alex): "Switch to ChatGPT"
2025-11-13 18:00:10 UTC - Message (chatgpt-alex): "Sure, I'm here!"
2025-11-13 18:05:00 UTC - Runtime Selected: synth
2025-11-13 18:05:05 UTC - Message (synth): "Back to Synth"`;

function event(time: string, kind: TimelineKind, runtimeId: string, excerpt?: string): TimelineEvent {
  return {
    at: Date.parse(`2025-11-13T${time}Z`),
    kind,
    runtimeId: runtimeId as RuntimeId,
    constructId: `${runtimeId}-001` as ConstructId,
    ...(excerpt === undefined ? {} : { excerpt }),
    confidence: 1,
    evidence: [{ type: "metadata", source: "message timestamp", rule: "own-time" }],
  };
}

const example: TimelineEvent[] = [
  event("18:00:05", "message", "chatgpt-alex", "Switch to ChatGPT"),
  event("17:55:10", "message", "synth", "Hi! How can I help?"),
  event("18:05:05", "message", "synth", "Back to Synth"),
  event("17:55:00", "runtime_selected", "synth"),
  event("18:00:10", "message", "chatgpt-alex", "Sure, I'm here!"),
  event("18:05:00", "runtime_selected", "synth"),
  event("17:55:05", "message", "synth", "Hello Synth"),
  event("18:00:00", "runtime_selected", "chatgpt-alex"),
];
const keyOf = ({ at, kind, runtimeId }: TimelineEvent): OrderKey => ({ orderAt: at, kind, runtimeId });
const sorted = example.toSorted((left, right) => compareTimeline(keyOf(left), keyOf(right)));

describe("the timeline in words", () => {
  test("is the example of the specification, from events in any order", () => {
    assert.equal(sorted.map(formatTimelineLine).join("\n"), specified);
  });

  test("marks what it cuts, keeps to one line, and says where there is no time", () => {
    const long = formatTimelineLine(event("17:55:05", "message", "synth", `${"y".repeat(99)}😀 and more`));
    assert.ok(long.endsWith(`"${"y".repeat(99)}..."`), long);
    assert.ok(formatTimelineLine(event("17:55:05", "message", "synth", "a\nb")).endsWith('"a b"'));
    const { at: _at, ...undated } = event("17:55:05", "conversation_created", "synth", "Tea");
    assert.equal(formatTimelineLine(undated), 'undated - Conversation Created (synth): "Tea"');
  });
});

describe("the order of the timeline", () => {
  test("is total: no two different lines are equal, and it does not depend on how they come", () => {
    const kinds: TimelineKind[] = ["message", "conversation_created", "runtime_selected", "runtime_imported"];
    const keys: OrderKey[] = [];
    for (const orderAt of [undefined, 1, 2]) {
      for (const kind of kinds) {
        for (const sessionId of [undefined, "a", "b"]) {
          for (const commit of [undefined, 1, 2]) {
            for (const sequence of [1, 2])
              keys.push({ orderAt, kind, sessionId, commit, sequence, runtimeId: "r" });
          }
        }
      }
    }
    const order = keys.toSorted(compareTimeline).map((key) => JSON.stringify(key));
    for (let round = 0; round < 20; round += 1) {
      const shuffled = keys.toSorted(
        (left, right) => JSON.stringify(left).charCodeAt(round) - JSON.stringify(right).charCodeAt(round),
      );
      assert.deepEqual(
        shuffled
          .reverse()
          .toSorted(compareTimeline)
          .map((key) => JSON.stringify(key)),
        order,
      );
    }
    for (const left of keys) {
      for (const right of keys) {
        assert.equal(
          compareTimeline(left, right) === 0,
          left === right || JSON.stringify(left) === JSON.stringify(right),
        );
        assert.equal(compareTimeline(left, right), -compareTimeline(right, left) || 0);
      }
    }
  });

  test("has what is undated first, and a choice of a runtime before what is said in the same instant", () => {
    const at = 5;
    const order = [
      { orderAt: at, kind: "message", runtimeId: "r" },
      { orderAt: at, kind: "runtime_selected", runtimeId: "r" },
      { kind: "message", runtimeId: "r" },
      { orderAt: at, kind: "conversation_created", runtimeId: "r" },
    ] satisfies OrderKey[];
    assert.deepEqual(
      order.toSorted(compareTimeline).map(({ kind }) => kind),
      ["message", "runtime_selected", "conversation_created", "message"],
    );
  });
});

describe("exports of the timeline", () => {
  const hostile = event("17:55:05", "message", "synth", '=HYPERLINK("x"), "q"\nnew; line, # *bold*');
  const titleOf = () => "Tea, or: coffee";

  test("as CSV quote what must be quoted, and no cell is a formula", () => {
    const [head, row] = [...timelineCsv([hostile], titleOf)].join("").split(/\r\n(?=20|$)/);
    assert.ok(head?.startsWith("at,kind,runtimeId,"));
    assert.ok(row?.includes('"\'=HYPERLINK(""x""), ""q""\nnew; line, # *bold*"'), row);
  });

  test("as a calendar fold lines at 75 octets, escape, and count what has no time", () => {
    const { at: _at, ...undated } = event("17:55:05", "message", "synth", "when?");
    const long = { ...hostile, excerpt: "üß漢".repeat(60) };
    const text = [...timelineCalendar([hostile, long, undated], titleOf, Date.UTC(2026, 0, 1))].join("");
    for (const line of text.split("\r\n")) assert.ok(Buffer.byteLength(line) <= 75, line);
    assert.equal(text.match(/BEGIN:VEVENT/g)?.length, 2);
    assert.ok(text.includes("DTSTART:20251113T175505Z"));
    assert.ok(text.includes("X-CHATTY-UNDATED:1"));
    const unfolded = text.replaceAll("\r\n ", "");
    assert.ok(unfolded.includes('DESCRIPTION:=HYPERLINK("x")\\, "q"\\nnew\\; line\\, # *bold*'), unfolded);
    assert.ok(unfolded.includes("üß漢".repeat(60)));
  });

  test("as Markdown have a heading a day, and no text becomes structure", () => {
    const text = [...timelineMarkdown([...sorted, hostile], () => undefined)].join("");
    assert.equal(text.match(/^## /gm)?.length, 1);
    assert.ok(text.includes("\\# \\*bold\\*"));
  });
});
