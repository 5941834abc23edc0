import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { MessageId } from "@chatty/model";
import fc from "fast-check";
import { foldJournal } from "./fold.ts";
import type { JournalBody, JournalHeader, JournalRecord } from "./record.ts";
import { findRedo, undoLastChange, type UndoDraft } from "./undo.ts";

const header: JournalHeader = {
  version: "1.0",
  chat_id: "018bc7a2-5d30-7c31-9d52-3f6a8b0c1d2e",
  timestamp: 1,
  metadata: {
    userId: "u",
    runtimeId: "synth",
    constructId: "synth-001",
    title: "First",
    source: "new_conversation",
    commit: 1,
  },
};

const stamp = { commit: 2, timestamp: 2 };
const said = { role: "user", runtimeId: "synth", constructId: "synth-001" } as const;

function message(id: string, more: object = {}): JournalBody {
  return { kind: "message", id, parentId: null, content: `text ${id}`, ...said, ...stamp, ...more };
}

function journal(bodies: readonly JournalBody[]): JournalRecord[] {
  return bodies.map((body, index) => ({ seq: index + 1, ...body, prev: "", hash: "" }));
}

/** Undoes until nothing is left; gives the states met, newest first. */
function undoAll(bodies: readonly JournalBody[]): { states: string[]; drafts: UndoDraft[] } {
  const all = [...bodies];
  const states = [stateOf(all)];
  const drafts: UndoDraft[] = [];
  for (;;) {
    const draft = undoLastChange(header, journal(all), `undo-${drafts.length}` as MessageId);
    if (draft === undefined) return { states, drafts };
    drafts.push(draft);
    all.push({ ...draft, ...stamp });
    states.push(stateOf(all));
    assert.ok(drafts.length <= bodies.length, "undo goes round in circles");
  }
}

function stateOf(bodies: readonly JournalBody[]): string {
  const fold = foldJournal(header, bodies);
  const texts = fold.messages().map((view) => `${view.id}=${view.content}`);
  return JSON.stringify([fold.title, fold.archived, fold.deleted, texts.toSorted()]);
}

describe("undoLastChange", () => {
  test("has nothing to undo in an empty session", () => {
    assert.equal(undoLastChange(header, [], "x" as MessageId), undefined);
  });

  test("takes back each kind of change with the record that fits", () => {
    const first = message("a");
    const inverse = (bodies: JournalBody[]): UndoDraft | undefined =>
      undoLastChange(header, journal(bodies), "x" as MessageId);
    assert.deepEqual(inverse([first]), {
      kind: "tombstone",
      id: "x",
      targetId: "a",
      deleted: true,
      undoes: "a",
    });
    const revision = { kind: "revision", id: "r", targetId: "a", content: "new", ...stamp } as const;
    assert.deepEqual(inverse([first, revision]), {
      kind: "revision",
      id: "x",
      targetId: "a",
      content: "text a",
      undoes: "r",
    });
    const deletion = { kind: "tombstone", id: "t", targetId: "a", deleted: true, ...stamp } as const;
    assert.deepEqual(inverse([first, deletion]), {
      kind: "tombstone",
      id: "x",
      targetId: "a",
      deleted: false,
      undoes: "t",
    });
    const title = { kind: "title", id: "n", title: "Second", ...stamp } as const;
    assert.deepEqual(inverse([first, title]), { kind: "title", id: "x", title: "First", undoes: "n" });
    const archive = { kind: "archive", id: "v", archived: true, ...stamp } as const;
    assert.deepEqual(inverse([first, archive]), { kind: "archive", id: "x", archived: false, undoes: "v" });
    const removal = { kind: "tombstone", id: "s", deleted: true, ...stamp } as const;
    assert.deepEqual(inverse([first, removal]), { kind: "tombstone", id: "x", deleted: false, undoes: "s" });
  });

  test("goes further back each time, never forward", () => {
    const { drafts } = undoAll([
      message("a"),
      message("b"),
      { kind: "title", id: "n1", title: "Second", ...stamp },
      { kind: "title", id: "n2", title: "Third", ...stamp },
    ]);
    assert.deepEqual(
      drafts.map((draft) => draft.undoes),
      ["n2", "n1", "b", "a"],
    );
  });

  test("goes on from what was done after an undo", () => {
    const { states } = undoAll([
      message("a"),
      { kind: "title", id: "n1", title: "Second", ...stamp },
      { kind: "title", id: "u", title: "First", undoes: "n1", ...stamp },
      { kind: "title", id: "n2", title: "Third", ...stamp },
    ]);
    assert.deepEqual(
      states.map((state) => (JSON.parse(state) as string[])[0]),
      ["Third", "First", "First"],
    );
  });

  test("passes over changes that changed nothing, notes, forks and what a fork brought along", () => {
    const { drafts } = undoAll([
      message("old", { origin: {} }),
      message("a"),
      { kind: "fork", id: "f", direction: "to", sessionId: "s", runtimeId: "lin", ...stamp },
      { kind: "note", id: "m", text: "x", ...stamp },
      { kind: "title", id: "n", title: "First", ...stamp },
      { kind: "archive", id: "v", archived: false, ...stamp },
      { kind: "tombstone", id: "t", targetId: "a", deleted: false, ...stamp },
      { kind: "revision", id: "r", targetId: "a", content: "text a", ...stamp },
    ]);
    assert.deepEqual(
      drafts.map((draft) => draft.undoes),
      ["a"],
    );
  });

  test("removes an answer of which only checkpoints were written, once", () => {
    const part = { kind: "checkpoint", id: "x", parentId: null, content: "Hel", ...said, ...stamp } as const;
    const { drafts } = undoAll([message("a"), part, { ...part, content: "Hello" }]);
    assert.deepEqual(
      drafts.map((draft) => draft.undoes),
      ["x", "a"],
    );
  });

  test("comes back to every earlier state on the way to the beginning", () => {
    const target = fc.constantFrom("a", "b", "c");
    const change = fc.oneof(
      fc.tuple(target, fc.string({ maxLength: 2 })).map(([targetId, content]) => ({
        kind: "revision" as const,
        targetId,
        content,
      })),
      fc.tuple(fc.option(target, { nil: undefined }), fc.boolean()).map(([targetId, deleted]) => ({
        kind: "tombstone" as const,
        ...(targetId === undefined ? {} : { targetId }),
        deleted,
      })),
      fc.string({ maxLength: 2 }).map((title) => ({ kind: "title" as const, title })),
      fc.boolean().map((archived) => ({ kind: "archive" as const, archived })),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const start = [message("a"), message("b"), message("c")];
        const bodies = [...start, ...changes.map((each, index) => ({ ...each, id: `c${index}`, ...stamp }))];
        const forward: string[] = [];
        for (let count = 0; count <= bodies.length; count += 1) {
          const state = stateOf(bodies.slice(0, count));
          if (forward.at(-1) !== state) forward.push(state);
        }
        // A title equal to the last state's is no change, so consecutive equal states count once on both ways.
        assert.deepEqual(
          undoAll(bodies).states.filter((state, index, all) => all[index - 1] !== state),
          forward.toReversed(),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe("findRedo", () => {
  const redo = (bodies: readonly JournalBody[], id: string): UndoDraft | undefined =>
    findRedo(
      { firstTitle: header.metadata.title, newestFirst: () => journal(bodies).toReversed() },
      id as MessageId,
    )?.draft;

  test("gives back what was undone, step by step, and nothing once something else was done", () => {
    const start: JournalBody[] = [
      message("a"),
      message("b"),
      { kind: "title", id: "n", title: "Second", ...stamp },
      { kind: "tombstone", id: "t", targetId: "a", deleted: true, ...stamp },
      { kind: "revision", id: "r", targetId: "b", content: "new", ...stamp },
      { kind: "archive", id: "v", archived: true, ...stamp },
    ];
    for (let depth = 1; depth <= start.length; depth += 1) {
      const all = [...start];
      const states = [stateOf(all)];
      for (let count = 0; count < depth; count += 1) {
        const draft = undoLastChange(header, journal(all), `u${count}` as MessageId);
        assert.ok(draft !== undefined);
        all.push({ ...draft, ...stamp });
        states.push(stateOf(all));
      }
      for (let count = 0; count < depth; count += 1) {
        const draft = redo(all, `r${count}`);
        assert.ok(draft !== undefined, `${depth} ${count}`);
        all.push({ ...draft, ...stamp });
        assert.equal(stateOf(all), states[depth - 1 - count]);
      }
      assert.equal(redo(all, "x"), undefined, "nothing is left to redo");
      const again = undoLastChange(header, journal(all), "y" as MessageId);
      assert.equal(again?.undoes, "v", "what was given back can be undone again");
      assert.equal(redo([...all, message("z")], "x"), undefined);
    }
  });
});
