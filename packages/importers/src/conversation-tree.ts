import type { NodeFlag } from "@chatty/model";

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
  const places = new Map<string, TreePlace>();
  for (const { id } of inputs) places.set(id, { id, parent: null, flags: [], depth: 0, isLeaf: true });
  const adopters = findAdopters(inputs, places);
  for (const input of inputs) settleParent(input, places, adopters);
  openCircles(inputs, places);

  const children = orderChildren(inputs, places);
  const ordered: TreePlace[] = [];
  const pending = [...(children.get(null) ?? [])].reverse();
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const place = places.get(id);
    if (place === undefined) continue;
    const parent = place.parent === null ? undefined : places.get(place.parent);
    place.depth = parent === undefined ? 0 : parent.depth + 1;
    ordered.push(place);
    const own = children.get(id) ?? [];
    place.isLeaf = own.length === 0;
    for (let index = own.length - 1; index >= 0; index -= 1) pending.push(own[index] as string);
  }
  return ordered;
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

function findAdopters(
  inputs: readonly TreeInput[],
  places: ReadonlyMap<string, TreePlace>,
): Map<string, string> {
  const adopters = new Map<string, string>();
  for (const { id, children } of inputs) {
    for (const child of children ?? [])
      if (places.has(child) && !adopters.has(child)) adopters.set(child, id);
  }
  return adopters;
}

function settleParent(
  input: TreeInput,
  places: ReadonlyMap<string, TreePlace>,
  adopters: ReadonlyMap<string, string>,
): void {
  const place = places.get(input.id) as TreePlace;
  if (typeof input.parent === "string") {
    if (places.has(input.parent)) {
      place.parent = input.parent;
    } else {
      place.writtenParent = input.parent;
      place.flags.push("dangling-parent");
    }
    return;
  }
  if (input.parent === null) return;
  const adopter = adopters.get(input.id);
  if (adopter === undefined) return;
  place.parent = adopter;
  place.flags.push("repaired-parent");
}

function openCircles(inputs: readonly TreeInput[], places: ReadonlyMap<string, TreePlace>): void {
  const walkOf = new Map<string, number>();
  for (const [walk, input] of inputs.entries()) {
    const path: TreePlace[] = [];
    let place = places.get(input.id);
    while (place !== undefined && !walkOf.has(place.id)) {
      walkOf.set(place.id, walk);
      path.push(place);
      place = place.parent === null ? undefined : places.get(place.parent);
    }
    if (place === undefined || walkOf.get(place.id) !== walk) continue;
    const circle = new Set(path.slice(path.indexOf(place)).map(({ id }) => id));
    const first = inputs.find(({ id }) => circle.has(id));
    const opened = first === undefined ? undefined : places.get(first.id);
    if (opened === undefined) continue;
    if (opened.parent !== null && opened.writtenParent === undefined) opened.writtenParent = opened.parent;
    opened.parent = null;
    if (!opened.flags.includes("repaired-parent")) opened.flags.push("repaired-parent");
  }
}

function orderChildren(
  inputs: readonly TreeInput[],
  places: ReadonlyMap<string, TreePlace>,
): Map<string | null, string[]> {
  const ordered = new Map<string | null, string[]>();
  const taken = new Set<string>();
  const take = (parent: string | null, id: string): void => {
    if (taken.has(id)) return;
    taken.add(id);
    const siblings = ordered.get(parent);
    if (siblings === undefined) ordered.set(parent, [id]);
    else siblings.push(id);
  };
  for (const { id, children } of inputs) {
    for (const child of children ?? []) if (places.get(child)?.parent === id) take(id, child);
  }
  for (const { id } of inputs) take(places.get(id)?.parent ?? null, id);
  return ordered;
}
