import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { foldJournal, JournalFold } from "./fold.ts";
import type { CheckpointRecord, JournalBody, JournalHeader, MessageRecord } from "./record.ts";

const header: JournalHeader = {
  version: "1.0",
  chat_id: "018bc7a2-5d30-7c31-9d52-3f6a8b0c1d2e",
  timestamp: 1000,
  metadata: {
    userId: "u",
    runtimeId: "synth",
    constructId: "synth-001",
    title: "First",
    source: "new_conversation",
    commit: 1,
  },
};

function message(id: string, parentId: string | null, more: Partial<MessageRecord> = {}): MessageRecord {
  const said = { role: "user", content: `text ${id}`, runtimeId: "synth", constructId: "synth-001" } as const;
  return { kind: "message", id, parentId, ...said, commit: 2, timestamp: 2000, ...more };
}

function checkpoint(id: string, parentId: string | null, content: string): CheckpointRecord {
  const said = { role: "assistant", content, runtimeId: "synth", constructId: "synth-001" } as const;
  return { kind: "checkpoint", id, parentId, ...said, commit: 2, timestamp: 2000 };
}

function tombstone(targetId: string | undefined, deleted = true): JournalBody {
  const target = targetId === undefined ? {} : { targetId };
  return {
    kind: "tombstone",
    id: `t-${targetId}-${deleted}`,
    ...target,
    deleted,
    commit: 3,
    timestamp: 3000,
  };
}

const chain = [message("a", null), message("b", "a"), message("c", "b")];
const idsOf = (fold: JournalFold): string =>
  fold
    .messages()
    .map((each) => `${each.id}<${each.parentId}`)
    .join(" ");

describe("foldJournal", () => {
  test("starts with the header and takes in titles, archiving, deletion and forks", () => {
    const fold = new JournalFold(header);
    assert.deepEqual(
      [fold.title, fold.archived, fold.deleted, fold.messageCount, fold.activeLeafId, fold.updatedAt],
      ["First", false, false, 0, undefined, 1000],
    );
    fold.apply({ kind: "title", id: "1", title: "Second", commit: 2, timestamp: 2000 });
    fold.apply({ kind: "archive", id: "2", archived: true, commit: 2, timestamp: 2001 });
    fold.apply({
      kind: "fork",
      id: "3",
      direction: "to",
      sessionId: "s",
      runtimeId: "lin",
      commit: 2,
      timestamp: 2002,
    });
    fold.apply(tombstone(undefined));
    assert.deepEqual(
      [fold.title, fold.archived, fold.deleted, fold.forks.length, fold.updatedAt],
      ["Second", true, true, 1, 3000],
    );
    fold.apply(tombstone(undefined, false));
    assert.equal(fold.deleted, false);
  });

  test("gives messages in tree order with every branch, and the path to the last one", () => {
    const fold = foldJournal(header, [...chain, message("d", "a"), message("e", "d")]);
    assert.equal(idsOf(fold), "a<null b<a c<b d<a e<d");
    assert.deepEqual(fold.activePath(), ["a", "d", "e"]);
  });

  test("shows the latest revision and counts them", () => {
    const revision = { kind: "revision", targetId: "b", commit: 3, timestamp: 3000 } as const;
    const fold = foldJournal(header, [
      ...chain,
      { ...revision, id: "r1", content: "one" },
      { ...revision, id: "r2", content: "two", parts: [{ kind: "code", language: "ts", text: "two" }] },
    ]);
    const view = fold.messages()[1];
    assert.deepEqual([view?.content, view?.revisions, view?.parts[0]?.kind], ["two", 2, "code"]);
    assert.equal(fold.messages()[0]?.revisions, undefined);
  });

  test("leaves out deleted messages, hangs their children on who lives, and shows them when asked", () => {
    const fold = foldJournal(header, [...chain, tombstone("b")]);
    assert.equal(idsOf(fold), "a<null c<a");
    assert.deepEqual(fold.activePath(), ["a", "c"]);
    assert.equal(fold.messageCount, 2);
    const all = fold.messages({ includeDeleted: true });
    assert.deepEqual(
      all.map((each) => [each.id, each.parentId, each.flags]),
      [
        ["a", null, undefined],
        ["b", "a", ["deleted"]],
        ["c", "b", undefined],
      ],
    );
  });

  test("moves to the nearest living ancestor when the leaf is deleted, and back when it is restored", () => {
    const fold = foldJournal(header, [...chain, message("d", "a"), tombstone("c"), tombstone("d")]);
    assert.equal(fold.activeLeafId, "a");
    fold.apply(tombstone("a"));
    assert.equal(fold.activeLeafId, "b");
    assert.deepEqual(fold.activePath(), ["b"]);
    fold.apply(tombstone("d", false));
    assert.equal(fold.activeLeafId, "d");
  });

  test("has no leaf when everything is deleted", () => {
    const fold = foldJournal(header, [message("a", null), tombstone("a")]);
    assert.equal(fold.activeLeafId, undefined);
    assert.deepEqual([fold.activePath(), fold.messages(), fold.messageCount], [[], [], 0]);
  });

  test("shows a checkpoint as partial until its message comes, which then stands where it was finished", () => {
    const fold = foldJournal(header, [
      message("a", null),
      checkpoint("x", "a", "Hel"),
      checkpoint("x", "a", "Hello"),
    ]);
    assert.deepEqual(
      fold.messages().map((each) => [each.content, each.partial]),
      [
        ["text a", undefined],
        ["Hello", true],
      ],
    );
    fold.apply(message("y", "a"));
    fold.apply(message("x", "a", { content: "Hello!" }));
    fold.apply(checkpoint("x", "a", "late"));
    assert.equal(idsOf(fold), "a<null y<a x<a");
    assert.deepEqual([fold.messages()[2]?.content, fold.messages()[2]?.partial], ["Hello!", undefined]);
    assert.deepEqual([fold.messageCount, fold.activeLeafId], [3, "x"]);
  });

  test("shows the state at an instant", () => {
    const records = [
      message("a", null, { timestamp: 10 }),
      message("b", "a", { timestamp: 20 }),
      { ...tombstone("b"), timestamp: 30 },
    ];
    assert.equal(idsOf(foldJournal(header, records, { at: 9 })), "");
    assert.equal(idsOf(foldJournal(header, records, { at: 20 })), "a<null b<a");
    assert.equal(idsOf(foldJournal(header, records, { at: 30 })), "a<null");
  });

  test("gives brought messages their own time, or none", () => {
    const [dated, undated] = foldJournal(header, [
      message("a", null, { origin: { sourceId: "n1", timestamp: 5, timestampToken: 0.005 } }),
      message("b", "a", { origin: { timestampSource: "none" } }),
    ]).messages();
    assert.deepEqual(
      [dated?.timestamp, dated?.timestampSource, dated?.timestampToken, dated?.sourceId],
      [5, "message", 0.005, "n1"],
    );
    assert.deepEqual([undated && "timestamp" in undated, undated?.timestampSource], [false, "none"]);
  });

  test("gives the text as a part, and what a message says about itself as metadata", () => {
    const [first, second] = foldJournal(header, [
      message("a", null, { responseTimeMs: 5, thinkingLog: ["x"], metadata: { k: 1 } }),
      message("b", "a", { content: "" }),
    ]).messages();
    assert.deepEqual(first?.parts, [{ kind: "text", text: "text a" }]);
    assert.deepEqual(first.metadata, { k: 1, responseTimeMs: 5, thinkingLog: ["x"] });
    assert.deepEqual([second?.parts, second?.metadata], [[], undefined]);
  });

  test("agrees with a slow definition of the state, whatever the records", () => {
    const id = fc.integer({ min: 0, max: 6 }).map(String);
    const anyRecord: fc.Arbitrary<JournalBody> = fc.oneof(
      fc.tuple(id, fc.option(id)).map(([own, parent]) => message(own, parent)),
      fc.tuple(id, fc.option(id)).map(([own, parent]) => checkpoint(own, parent, "part")),
      fc.tuple(id, fc.boolean()).map(([target, deleted]) => tombstone(target, deleted)),
    );
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 15 }), (records) => {
        const fold = foldJournal(header, records);
        const said = new Set(records.flatMap((each) => (each.kind === "tombstone" ? [] : [each.id])));
        const isDead = (own: string): boolean => {
          const last = records.findLast((each) => each.kind === "tombstone" && each.targetId === own);
          return last?.kind === "tombstone" && last.deleted;
        };
        const living = [...said].filter((own) => !isDead(own));
        const views = fold.messages();
        assert.deepEqual(views.map((each) => each.id).toSorted(), living.toSorted());
        assert.equal(fold.messageCount, living.length);
        assert.equal(fold.messages({ includeDeleted: true }).length, said.size);
        assert.equal(fold.activeLeafId === undefined, living.length === 0);
        assert.equal(fold.activePath().at(-1), fold.activeLeafId);
        const seen = new Set<string>();
        for (const view of views) {
          assert.ok(view.parentId === null || seen.has(view.parentId));
          seen.add(view.id);
        }
        for (const view of views) {
          const finished = records.some((each) => each.kind === "message" && each.id === view.id);
          assert.equal(view.partial === true, !finished);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("names parents outside the records when asked, also for children of a deleted first message", () => {
    const fold = foldJournal(header, [message("b", "past"), message("c", "b"), tombstone("b")]);
    assert.equal(idsOf(fold), "c<null");
    assert.equal(fold.messages({ keepOutsideParents: true })[0]?.parentId, "past");
  });

  test("shows a state that was there also when the clock was set back", () => {
    const records = [
      { ...message("a", null), timestamp: 100 },
      { ...message("b", "a"), timestamp: 50 },
      { ...message("c", "b"), timestamp: 70 },
    ];
    const seen = [40, 60, 80, 100].map((at) => idsOf(foldJournal(header, records, { at })));
    assert.deepEqual(seen, ["", "a<null b<a", "a<null b<a c<b", "a<null b<a c<b"]);
  });

  test("folds a chain of 100,000 messages", () => {
    const records = Array.from({ length: 100_000 }, (_, index) =>
      message(String(index), index === 0 ? null : String(index - 1)),
    );
    const fold = foldJournal(header, records);
    assert.equal(fold.activePath().length, 100_000);
    assert.equal(fold.messages().at(-1)?.id, "99999");
  });
});
