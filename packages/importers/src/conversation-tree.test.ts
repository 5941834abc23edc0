import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { buildTree, inferActiveLeaf } from "./conversation-tree.ts";
import type { TreeInput } from "./conversation-tree.ts";

const ids = ["a", "b", "c", "d", "e", "__proto__", "constructor"];
const anyInputs = fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1 }).chain((chosen) =>
  fc.tuple(
    ...chosen.map((id) =>
      fc.record({
        id: fc.constant(id),
        parent: fc.constantFrom(...ids, "gone", null, undefined),
        children: fc.array(fc.constantFrom(...ids, "gone"), { maxLength: 4 }),
      }),
    ),
  ),
);

describe("buildTree", () => {
  test("places every node once, parents before children, whatever the nodes say of each other", () => {
    fc.assert(
      fc.property(anyInputs, (inputs: TreeInput[]) => {
        const places = buildTree(inputs);
        assert.deepEqual(places.map(({ id }) => id).sort(), inputs.map(({ id }) => id).sort());
        const seen = new Set<string>();
        for (const { id, parent } of places) {
          assert.ok(parent === null || seen.has(parent));
          seen.add(id);
        }
        for (const input of inputs) {
          const place = places.find(({ id }) => id === input.id);
          const written = place?.writtenParent ?? place?.parent;
          if (place?.flags.length === 0) assert.equal(written, input.parent ?? null);
        }
        assert.deepEqual(buildTree(inputs), places);
      }),
      { numRuns: 2000 },
    );
  });

  test("orders siblings as their parent lists them, then as they come", () => {
    const places = buildTree([
      { id: "r", parent: null, children: ["y", "gone", "x"] },
      { id: "w", parent: "r" },
      { id: "x", parent: "r" },
      { id: "y", parent: "r" },
    ]);
    assert.deepEqual(
      places.map(({ id }) => id),
      ["r", "y", "x", "w"],
    );
  });

  test("makes a root of a node whose parent is missing, and says which it named", () => {
    const [place] = buildTree([{ id: "a", parent: "gone" }]);
    assert.deepEqual(
      [place?.parent, place?.writtenParent, place?.flags],
      [null, "gone", ["dangling-parent"]],
    );
  });

  test("opens a circle at its first node", () => {
    const places = buildTree([
      { id: "tail", parent: "b" },
      { id: "a", parent: "c" },
      { id: "b", parent: "a" },
      { id: "c", parent: "b" },
    ]);
    assert.deepEqual(
      places.map(({ id, parent }) => [id, parent]),
      [
        ["a", null],
        ["b", "a"],
        ["tail", "b"],
        ["c", "b"],
      ],
    );
    assert.deepEqual(places[0]?.flags, ["repaired-parent"]);
    assert.equal(places[0]?.writtenParent, "c");
    assert.deepEqual(buildTree([{ id: "s", parent: "s" }])[0]?.flags, ["repaired-parent"]);
  });

  test("adopts a node that names no parent where another lists it", () => {
    const places = buildTree([
      { id: "a", parent: null, children: ["b"] },
      { id: "b", parent: undefined },
    ]);
    assert.deepEqual([places[1]?.parent, places[1]?.flags], ["a", ["repaired-parent"]]);
  });

  test("takes a chain of a hundred thousand nodes", () => {
    const inputs = Array.from({ length: 100_000 }, (_, at) => ({
      id: `n${at}`,
      parent: at === 0 ? null : `n${at - 1}`,
    }));
    assert.equal(buildTree(inputs.toReversed()).at(-1)?.depth, 99_999);
  });
});

describe("inferActiveLeaf", () => {
  const leafOf = (
    times: Record<string, number | undefined>,
    structural: string[] = [],
  ): string | undefined => {
    const places = buildTree([
      { id: "r", parent: null },
      { id: "a", parent: "r" },
      { id: "b", parent: "r" },
      { id: "bb", parent: "b" },
    ]);
    return inferActiveLeaf(
      places.map((place) => ({ place, timeMs: times[place.id], structural: structural.includes(place.id) })),
    );
  };

  test("picks the latest, then the deepest, and inherits times from above", () => {
    assert.equal(leafOf({}), "bb");
    assert.equal(leafOf({ a: 5, bb: 4 }), "a");
    assert.equal(leafOf({ a: 5, b: 6 }), "bb");
    assert.equal(leafOf({ a: 5, bb: 5 }), "bb");
    assert.equal(leafOf({ a: 1, bb: 5 }, ["bb"]), "a");
  });
});
