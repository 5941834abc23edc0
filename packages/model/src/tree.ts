/** The shape that every function here needs of a message: its id and the id of what it answers. */
export interface TreeNode {
  id: string;
  /** Null for a root. */
  parentId: string | null;
}

/** Why a node was made a root. */
export type TreeFault = "dangling-parent" | "cycle" | "self-parent" | "duplicate-id";

/** One link that could not stand. */
export interface TreeRepair {
  id: string;
  fault: TreeFault;
  /** The parent as it was written; for a duplicate id the parent stays and this is it. */
  writtenParentId: string | null;
}

/** Nodes whose links form a forest, and what had to be changed for that. */
export interface RepairedTree<Node extends TreeNode> {
  /** Same order and length as given; untouched nodes are the same objects. */
  nodes: Node[];
  repairs: TreeRepair[];
}

/** No parent, as an index. */
const none = -1;

/**
 * Makes a forest of any links. A node whose parent is not there becomes a root. Of a cycle, the member that comes first in
 * `nodes` becomes the root. Where an id occurs twice, children belong to the first. Linear, without recursion, and the same
 * input always gives the same result.
 */
export function repairTree<Node extends TreeNode>(nodes: readonly Node[]): RepairedTree<Node> {
  const { parents, repairs } = linkNodes(nodes);
  const repaired = nodes.map((node, index) =>
    node.parentId !== null && parents[index] === none ? { ...node, parentId: null } : node,
  );
  return { nodes: repaired, repairs };
}

/**
 * Depth-first order: parents before their children, siblings in the order given, roots in the order given. Links are
 * repaired as by {@link repairTree}, so that every node comes out exactly once.
 */
export function treeOrder<Node extends TreeNode>(nodes: readonly Node[]): Node[] {
  const { parents } = linkNodes(nodes);
  // Children as linked lists built from the back, so that the first child is met first.
  const firstChild = new Int32Array(nodes.length).fill(none);
  const nextSibling = new Int32Array(nodes.length).fill(none);
  let firstRoot = none;
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const parent = parents[index] ?? none;
    if (parent === none) {
      nextSibling[index] = firstRoot;
      firstRoot = index;
    } else {
      nextSibling[index] = firstChild[parent] ?? none;
      firstChild[parent] = index;
    }
  }
  const order: Node[] = [];
  const pending = firstRoot === none ? [] : [firstRoot];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const node = nodes[index];
    if (node !== undefined) order.push(node);
    const sibling = nextSibling[index] ?? none;
    const child = firstChild[index] ?? none;
    if (sibling !== none) pending.push(sibling);
    if (child !== none) pending.push(child);
  }
  return order;
}

/**
 * The nodes from the root down to `leafId`, both included; empty when there is no such node. Links are repaired as by
 * {@link repairTree}, so it always ends.
 */
export function pathFromRoot<Node extends TreeNode>(nodes: readonly Node[], leafId: string): Node[] {
  const { parents, positions } = linkNodes(nodes);
  const path: Node[] = [];
  for (let index = positions.get(leafId) ?? none; index !== none; index = parents[index] ?? none) {
    const node = nodes[index];
    if (node === undefined) break;
    path.push(node);
  }
  return path.reverse();
}

/** The leaf that comes last in the order given; undefined only for no nodes at all. */
export function lastLeaf<Node extends TreeNode>(nodes: readonly Node[]): Node | undefined {
  const { parents } = linkNodes(nodes);
  const isParent = parentFlags(parents);
  return nodes.findLast((_, index) => isParent[index] === 0);
}

/** The leaf farthest from its root; among equals the last in the order given. Undefined only for no nodes at all. */
export function deepestLeaf<Node extends TreeNode>(nodes: readonly Node[]): Node | undefined {
  const { parents } = linkNodes(nodes);
  const depths = new Int32Array(nodes.length);
  let best = none;
  for (let start = 0; start < nodes.length; start += 1) {
    const walked: number[] = [];
    let index = start;
    while (index !== none && depths[index] === 0) {
      walked.push(index);
      index = parents[index] ?? none;
    }
    let depth = index === none ? 0 : (depths[index] ?? 0);
    for (let step = walked.pop(); step !== undefined; step = walked.pop()) {
      depth += 1;
      depths[step] = depth;
    }
    // The deepest node of a forest is always a leaf.
    if (best === none || (depths[start] ?? 0) >= (depths[best] ?? 0)) best = start;
  }
  return nodes[best];
}

interface Links {
  /** Index of each node's parent, or `none`. Without cycles. */
  parents: Int32Array;
  /** Index of the first node with an id. */
  positions: Map<string, number>;
  repairs: TreeRepair[];
}

function linkNodes(nodes: readonly TreeNode[]): Links {
  const positions = new Map<string, number>();
  const faults = new Map<number, TreeFault>();
  nodes.forEach((node, index) => {
    if (positions.has(node.id)) faults.set(index, "duplicate-id");
    else positions.set(node.id, index);
  });
  const parents = new Int32Array(nodes.length).fill(none);
  nodes.forEach((node, index) => {
    if (node.parentId === null) return;
    const parent = positions.get(node.parentId) ?? none;
    if (parent === none) faults.set(index, "dangling-parent");
    else if (parent === index) faults.set(index, "self-parent");
    else parents[index] = parent;
  });
  cutCycles(parents, faults);
  const repairs: TreeRepair[] = [];
  for (const index of [...faults.keys()].sort((left, right) => left - right)) {
    const node = nodes[index];
    const fault = faults.get(index);
    if (node !== undefined && fault !== undefined) {
      repairs.push({ id: node.id, fault, writtenParentId: node.parentId });
    }
  }
  return { parents, positions, repairs };
}

/** Cuts each cycle above its member with the lowest index. Every node is walked over once. */
function cutCycles(parents: Int32Array, faults: Map<number, TreeFault>): void {
  const walkOf = new Int32Array(parents.length);
  for (let start = 0; start < parents.length; start += 1) {
    const walk = start + 1;
    let index = start;
    while (index !== none && walkOf[index] === 0) {
      walkOf[index] = walk;
      index = parents[index] ?? none;
    }
    if (index === none || walkOf[index] !== walk) continue;
    let lowest = index;
    for (let member = parents[index] ?? none; member !== index && member !== none;) {
      lowest = Math.min(lowest, member);
      member = parents[member] ?? none;
    }
    parents[lowest] = none;
    faults.set(lowest, "cycle");
  }
}

function parentFlags(parents: Int32Array): Uint8Array {
  const flags = new Uint8Array(parents.length);
  for (const parent of parents) {
    if (parent !== none) flags[parent] = 1;
  }
  return flags;
}
