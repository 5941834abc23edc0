import { repairTree, treeOrder } from "@chatty/model";
import type { NodeFlag, TreeNode, TreeRepair } from "@chatty/model";

/** What a source says about one node's place. */
export interface TreeInput {
  id: string;
  /** Null for a root the source declares; undefined when it says nothing. */
  parent: string | null | undefined;
  /** The children as the source lists them; only their order is believed. */
  children?: readonly string[];
}

/** One node's place after repair. */
export interface TreePlace {
  id: string;
  parent: string | null;
  /** The parent as written, when it is another one. */
  writtenParent?: string;
  flags: NodeFlag[];
  /** Number of ancestors. */
  depth: number;
  isLeaf: boolean;
}

/**
 * Makes a forest of nodes that may name missing parents or each other in a circle. The parent's word counts; lists of
 * children give the order of siblings and adopt nodes that name no parent. A circle is opened at its first node.
 * @returns places in tree order: parents before children, siblings in the source's order. Nothing here recurses.
 */
export function buildTree(inputs: readonly TreeInput[]): TreePlace[] {
  const listed = readLists(inputs);
  const linked = inputs.map(({ id, parent }) => ({
    id,
    parentId: parent === undefined ? (listed.get(id)?.by ?? null) : parent,
    isAdopted: parent === undefined && listed.has(id),
  }));
  const repaired = repairTree(linked);
  const repairs = new Map(repaired.repairs.map((repair) => [repair.id, repair]));
  const rank = ({ id, parentId }: TreeNode): number => {
    const entry = listed.get(id);
    return entry?.by === parentId ? (entry?.at ?? Infinity) : Infinity;
  };
  const sorted = repaired.nodes.map((node) => ({ node, rank: rank(node) }));
  sorted.sort((a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank));

  const places = new Map<string, TreePlace>();
  for (const { id, parentId, isAdopted } of treeOrder(sorted.map(({ node }) => node))) {
    const parent = parentId === null ? undefined : places.get(parentId);
    const place: TreePlace = {
      id,
      parent: parentId,
      flags: isAdopted ? ["repaired-parent"] : [],
      depth: parent === undefined ? 0 : parent.depth + 1,
      isLeaf: true,
    };
    if (parent !== undefined) parent.isLeaf = false;
    const repair = repairs.get(id);
    if (repair !== undefined) noteRepair(place, repair);
    places.set(id, place);
  }
  return [...places.values()];
}

/** What the choice of a leaf needs to know about a node. */
export interface LeafCandidate {
  place: TreePlace;
  timeMs: number | undefined;
  structural: boolean;
}

/**
 * Picks the leaf a source most likely showed last: the one with the latest time on it or, where it has none, above it;
 * then the deepest; then the last. Nodes without a message are leaves only where there is nothing else.
 */
export function inferActiveLeaf(candidates: readonly LeafCandidate[]): string | undefined {
  const times = new Map<string, number>();
  let best: { candidate: LeafCandidate; timeMs: number } | undefined;
  for (const candidate of candidates) {
    const { place } = candidate;
    const inherited = place.parent === null ? undefined : times.get(place.parent);
    const timeMs = candidate.timeMs ?? inherited ?? -Infinity;
    times.set(place.id, timeMs);
    if (!place.isLeaf) continue;
    if (best === undefined || isBetterLeaf(candidate, timeMs, best.candidate, best.timeMs)) {
      best = { candidate, timeMs };
    }
  }
  return best?.candidate.place.id;
}

function isBetterLeaf(a: LeafCandidate, aMs: number, b: LeafCandidate, bMs: number): boolean {
  if (a.structural !== b.structural) return b.structural;
  if (aMs !== bMs) return aMs > bMs;
  return a.place.depth >= b.place.depth;
}

/** Where each node is listed as a child: by the first that does, or by its own parent if that one does. */
function readLists(inputs: readonly TreeInput[]): Map<string, { by: string; at: number }> {
  const parents = new Map(inputs.map(({ id, parent }) => [id, parent]));
  const listed = new Map<string, { by: string; at: number }>();
  for (const { id: by, children } of inputs) {
    for (const [at, child] of (children ?? []).entries()) {
      const known = listed.get(child);
      if (known === undefined || (known.by !== by && parents.get(child) === by))
        listed.set(child, { by, at });
    }
  }
  return listed;
}

function noteRepair(place: TreePlace, { fault, writtenParentId }: TreeRepair): void {
  if (writtenParentId !== null) place.writtenParent = writtenParentId;
  const flag = fault === "dangling-parent" ? "dangling-parent" : "repaired-parent";
  if (!place.flags.includes(flag)) place.flags.push(flag);
}
