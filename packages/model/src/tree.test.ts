import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { deepestLeaf, lastLeaf, pathFromRoot, repairTree, treeOrder, type TreeNode } from "./tree.ts";

const node = (id: string, parentId: string | null = null): TreeNode => ({ id, parentId });
const ids = (nodes: readonly TreeNode[]): string => nodes.map((each) => each.id).join(" ");

/** Any links at all: cycles, dangling parents, self-parents, duplicate ids. */
const anyNodes = fc.array(
  fc.record({
    id: fc.integer({ min: 0, max: 12 }).map(String),
    parentId: fc.option(fc.integer({ min: 0, max: 15 }).map(String), { nil: null }),
  }),
  { maxLength: 20 },
);

/** A chain from `0` to `length - 1`, in an order made by stepping through it. */
function chain(length: number, step: number): TreeNode[] {
  return Array.from({ length }, (_, place) => {
    const index = (place * step) % length;
    return node(String(index), index === 0 ? null : String(index - 1));
  });
}

describe("treeOrder", () => {
  test("puts parents before children and keeps siblings and roots in the order given", () => {
    const nodes = [node("b", "a"), node("a"), node("r"), node("c", "a"), node("d", "b")];
    assert.equal(ids(treeOrder(nodes)), "a b d c r");
  });

  test("gives every node exactly once, parents first, whatever the links", () => {
    fc.assert(
      fc.property(anyNodes, (nodes) => {
        const repaired = repairTree(nodes).nodes;
        const order = treeOrder(repaired);
        assert.equal(order.length, nodes.length);
        assert.equal(new Set(order).size, nodes.length);
        assert.deepEqual(
          treeOrder(nodes).map((each) => each.id),
          order.map((each) => each.id),
        );
        const seen = new Set<string>();
        for (const each of order) {
          assert.ok(each.parentId === null || seen.has(each.parentId));
          seen.add(each.id);
        }
        const roots = repaired.filter((each) => each.parentId === null);
        assert.deepEqual(
          order.filter((each) => each.parentId === null),
          roots,
        );
        for (const parent of repaired) {
          const given = repaired.filter((each) => each.parentId === parent.id);
          assert.deepEqual(
            order.filter((each) => each.parentId === parent.id),
            given,
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("orders chains up to 100,000 deep without recursion", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.constantFrom(1, 7, 99_991), (length, step) => {
        const nodes = length % step === 0 && step > 1 ? chain(length, 1) : chain(length, step);
        const order = treeOrder(nodes);
        assert.ok(order.every((each, index) => each.id === String(index)));
        const leaf = String(length - 1);
        assert.equal(pathFromRoot(nodes, leaf).length, length);
        assert.equal(deepestLeaf(nodes)?.id, leaf);
        assert.equal(lastLeaf(nodes)?.id, leaf);
      }),
      { numRuns: 20, examples: [[100_000, 1] as [number, number], [100_000, 7] as [number, number]] },
    );
  });
});

describe("repairTree", () => {
  test("leaves a sound tree as it is", () => {
    const nodes = [node("a"), node("b", "a")];
    const repaired = repairTree(nodes);
    assert.deepEqual(repaired.repairs, []);
    assert.equal(repaired.nodes[1], nodes[1]);
  });

  test("makes roots of dangling and self-referring nodes and cuts a cycle at its first member", () => {
    const nodes = [node("x", "z"), node("y", "x"), node("z", "y"), node("d", "gone"), node("s", "s")];
    const repaired = repairTree(nodes);
    assert.deepEqual(
      repaired.nodes.map((each) => each.parentId),
      [null, "x", "y", null, null],
    );
    assert.deepEqual(repaired.repairs, [
      { id: "x", fault: "cycle", writtenParentId: "z" },
      { id: "d", fault: "dangling-parent", writtenParentId: "gone" },
      { id: "s", fault: "self-parent", writtenParentId: "s" },
    ]);
  });

  test("cuts the same cycle at the same place from whichever side it is entered", () => {
    const tail = [node("t", "b"), node("a", "c"), node("b", "a"), node("c", "b")];
    assert.deepEqual(
      repairTree(tail).repairs.map((repair) => repair.id),
      ["a"],
    );
  });

  test("reports a duplicate id and gives its children to the first", () => {
    const nodes = [node("a"), node("a"), node("b", "a")];
    assert.deepEqual(
      repairTree(nodes).repairs.map((repair) => repair.fault),
      ["duplicate-id"],
    );
    assert.deepEqual(treeOrder(nodes), [nodes[0], nodes[2], nodes[1]]);
  });

  test("cuts a cycle of 100,000 nodes once", () => {
    const length = 100_000;
    const nodes = Array.from({ length }, (_, index) => node(String(index), String((index + 1) % length)));
    const repaired = repairTree(nodes);
    assert.deepEqual(repaired.repairs, [{ id: "0", fault: "cycle", writtenParentId: "1" }]);
    assert.equal(treeOrder(nodes).length, length);
  });
});

describe("pathFromRoot and the choice of a leaf", () => {
  test("gives the path with both ends, and nothing for an unknown id", () => {
    const nodes = [node("a"), node("b", "a"), node("c", "a"), node("d", "c")];
    assert.equal(ids(pathFromRoot(nodes, "d")), "a c d");
    assert.deepEqual(pathFromRoot(nodes, "nowhere"), []);
  });

  test("prefers the last of equally deep leaves, and the last leaf of all", () => {
    const nodes = [node("a"), node("b", "a"), node("c", "a"), node("r")];
    assert.equal(deepestLeaf(nodes)?.id, "c");
    assert.equal(lastLeaf(nodes)?.id, "r");
    assert.equal(deepestLeaf([]), undefined);
    assert.equal(lastLeaf([]), undefined);
  });

  test("agrees with the lengths of the paths", () => {
    fc.assert(
      fc.property(anyNodes, (nodes) => {
        const unique = repairTree(
          nodes.filter((each, index) => nodes.findIndex((n) => n.id === each.id) === index),
        );
        const lengths = unique.nodes.map((each) => pathFromRoot(unique.nodes, each.id).length);
        const best = deepestLeaf(unique.nodes);
        if (best === undefined) return assert.equal(unique.nodes.length, 0);
        return assert.equal(unique.nodes[lengths.lastIndexOf(Math.max(...lengths))], best);
      }),
    );
  });
});
