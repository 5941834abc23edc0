import type { MessageId } from "@chatty/model";

/** What an order is made of; entries by their numbers. */
export interface TreeLinks {
  /** Place of each entry in the journal; no two have the same. */
  seqs: readonly number[];
  /** Number of each entry's parent, -1 for none. */
  parents: readonly number[];
  /** Parents that are not among the entries. */
  outside: ReadonlyMap<number, MessageId>;
  /** 1 for each entry that is deleted. */
  dead: Uint8Array;
}

/** One path, or all messages in tree order. */
export interface NumberedPath {
  /** Numbers of the entries. */
  numbers: Int32Array;
  /** Where an entry stands among them; -1 when it does not. */
  indexOf(number: number): number;
}

const none = -1;
const pathsKept = 4;

/**
 * Order of a session's living messages: the same as the fold of its journal gives, from numbers alone. What is deleted vanishes,
 * and what hung on it hangs on its nearest living ancestor.
 */
export class TreeOrder {
  readonly #links: TreeLinks;
  /** Entries by their place in the journal, and the other way round. */
  readonly #byRank: Int32Array;
  readonly #rankOf: Int32Array;
  /** By rank, without cycles. */
  readonly #parents: Int32Array;
  /** Ranks in tree order, deleted ones included, and where each stands. */
  readonly #tree: Int32Array;
  readonly #treeAt: Int32Array;
  /** By rank: the nearest living ancestor, and who hangs on it. */
  readonly #hangsOn: Int32Array;
  readonly #outsideOf = new Map<number, MessageId>();
  readonly #firstChild: Int32Array;
  readonly #nextSibling: Int32Array;
  readonly #firstOutside = new Map<MessageId | null, number>();
  readonly #paths = new Map<number, NumberedPath>();
  #all: NumberedPath | undefined;
  #leaf: number | undefined;

  constructor(links: TreeLinks) {
    this.#links = links;
    const count = links.seqs.length;
    this.#byRank = ranksOf(links.seqs);
    this.#rankOf = new Int32Array(count);
    for (let rank = 0; rank < count; rank += 1) this.#rankOf[this.#byRank[rank] ?? 0] = rank;
    this.#parents = new Int32Array(count);
    let mayHaveCycles = false;
    for (let rank = 0; rank < count; rank += 1) {
      const parent = links.parents[this.#byRank[rank] ?? 0] ?? none;
      const parentRank = parent === none ? none : (this.#rankOf[parent] ?? none);
      this.#parents[rank] = parentRank === rank ? none : parentRank;
      mayHaveCycles ||= parentRank >= rank;
    }
    if (mayHaveCycles) cutCycles(this.#parents);
    this.#tree = treeOrderOf(this.#parents);
    this.#treeAt = new Int32Array(count);
    for (let at = 0; at < count; at += 1) this.#treeAt[this.#tree[at] ?? 0] = at;
    this.#hangsOn = new Int32Array(count).fill(none);
    this.#firstChild = new Int32Array(count).fill(none);
    this.#nextSibling = new Int32Array(count).fill(none);
    this.#hang();
  }

  /** Number of the end of the active path; undefined when nothing lives. */
  get leaf(): number | undefined {
    this.#leaf ??= this.#findLeaf();
    return this.#leaf === none ? undefined : this.#leaf;
  }

  /** Every living message in tree order. */
  get all(): NumberedPath {
    if (this.#all !== undefined) return this.#all;
    const living: number[] = [];
    for (const rank of this.#tree) {
      const number = this.#byRank[rank] ?? 0;
      if (this.#links.dead[number] !== 1) living.push(number);
    }
    this.#all = this.#pathOf(Int32Array.from(living));
    return this.#all;
  }

  /** The living messages from the root to an entry. */
  pathTo(leaf: number): NumberedPath {
    const known = this.#paths.get(leaf);
    if (known !== undefined) return known;
    const numbers: number[] = [];
    for (let rank = this.#rankOf[leaf] ?? none; rank !== none; rank = this.#parents[rank] ?? none) {
      const number = this.#byRank[rank] ?? 0;
      if (this.#links.dead[number] !== 1) numbers.push(number);
    }
    const path = this.#pathOf(Int32Array.from(numbers.reverse()));
    for (const oldest of this.#paths.keys()) {
      if (this.#paths.size < pathsKept) break;
      this.#paths.delete(oldest);
    }
    this.#paths.set(leaf, path);
    return path;
  }

  /** The living message that was said last behind a living one, or that one itself. */
  newestBehind(number: number): number {
    const start = this.#rankOf[number] ?? 0;
    let newest = start;
    const isBehind = new Uint8Array(this.#parents.length);
    isBehind[start] = 1;
    for (let at = (this.#treeAt[start] ?? 0) + 1; at < this.#tree.length; at += 1) {
      const rank = this.#tree[at] ?? 0;
      const parent = this.#parents[rank] ?? none;
      if (parent === none || isBehind[parent] === 0) break;
      isBehind[rank] = 1;
      if (rank > newest && this.#links.dead[this.#byRank[rank] ?? 0] !== 1) newest = rank;
    }
    return this.#byRank[newest] ?? number;
  }

  /** Number of what a living message hangs on, or what it is outside of the session; null for nothing. */
  parentOf(number: number): { inside: number } | { outside: MessageId | null } {
    const rank = this.#rankOf[number] ?? 0;
    const parent = this.#hangsOn[rank] ?? none;
    return parent === none
      ? { outside: this.#outsideOf.get(rank) ?? null }
      : { inside: this.#byRank[parent] ?? 0 };
  }

  /** Living messages that hang on the same as a living message, itself among them, in tree order. */
  siblingsOf(number: number): number[] {
    const rank = this.#rankOf[number] ?? 0;
    const parent = this.#hangsOn[rank] ?? none;
    const first =
      parent === none ? this.#firstOutside.get(this.#outsideOf.get(rank) ?? null) : this.#firstChild[parent];
    return this.#chain(first);
  }

  /** Living messages that hang on something outside of the session, or on nothing, in tree order. */
  rootsOn(outside: MessageId | null): number[] {
    return this.#chain(this.#firstOutside.get(outside));
  }

  /** What living messages hang on that is outside of the session, the first in tree order first; null for nothing. */
  get outsideParents(): (MessageId | null)[] {
    return [...this.#firstOutside.keys()].reverse();
  }

  #chain(first: number | undefined): number[] {
    const numbers: number[] = [];
    for (let rank = first ?? none; rank !== none; rank = this.#nextSibling[rank] ?? none) {
      numbers.push(this.#byRank[rank] ?? 0);
    }
    return numbers;
  }

  /** Finds for each entry what it hangs on. Parents come before their children in tree order. */
  #hang(): void {
    const { dead, outside } = this.#links;
    for (const rank of this.#tree) {
      const number = this.#byRank[rank] ?? 0;
      const parent = this.#parents[rank] ?? none;
      const written = parent === none ? outside.get(number) : undefined;
      if (written !== undefined) this.#outsideOf.set(rank, written);
      if (parent === none) continue;
      if (dead[this.#byRank[parent] ?? 0] !== 1) {
        this.#hangsOn[rank] = parent;
        continue;
      }
      this.#hangsOn[rank] = this.#hangsOn[parent] ?? none;
      const inherited = this.#outsideOf.get(parent);
      if (this.#hangsOn[rank] === none && inherited !== undefined) this.#outsideOf.set(rank, inherited);
    }
    // From the back, so that the first in tree order is met first.
    for (let at = this.#tree.length - 1; at >= 0; at -= 1) {
      const rank = this.#tree[at] ?? 0;
      if (dead[this.#byRank[rank] ?? 0] === 1) continue;
      const parent = this.#hangsOn[rank] ?? none;
      if (parent === none) {
        const key = this.#outsideOf.get(rank) ?? null;
        this.#nextSibling[rank] = this.#firstOutside.get(key) ?? none;
        this.#firstOutside.set(key, rank);
      } else {
        this.#nextSibling[rank] = this.#firstChild[parent] ?? none;
        this.#firstChild[parent] = rank;
      }
    }
  }

  #findLeaf(): number {
    const { dead, parents } = this.#links;
    const walked = new Set<number>();
    const last = this.#byRank.at(-1) ?? none;
    for (let number = last; number !== none && !walked.has(number);) {
      if (dead[number] !== 1) return number;
      walked.add(number);
      number = parents[number] ?? none;
    }
    return this.#byRank.findLast((number) => dead[number] !== 1) ?? none;
  }

  #pathOf(numbers: Int32Array): NumberedPath {
    let indexes: Int32Array | undefined;
    return {
      numbers,
      indexOf: (number) => {
        if (indexes === undefined) {
          indexes = new Int32Array(this.#parents.length).fill(none);
          for (let index = 0; index < numbers.length; index += 1) indexes[numbers[index] ?? 0] = index;
        }
        return indexes[number] ?? none;
      },
    };
  }
}

/** Numbers in the order of their places. Places are record numbers, so there are few more of them than entries. */
function ranksOf(seqs: readonly number[]): Int32Array {
  let highest = 0;
  for (const seq of seqs) if (seq > highest) highest = seq;
  const bySeq = new Int32Array(highest + 1).fill(none);
  for (let number = 0; number < seqs.length; number += 1) bySeq[seqs[number] ?? 0] = number;
  return bySeq.filter((number) => number !== none);
}

/** Cuts each cycle above its member with the lowest rank. */
function cutCycles(parents: Int32Array): void {
  const walkOf = new Int32Array(parents.length);
  for (let start = 0; start < parents.length; start += 1) {
    const walk = start + 1;
    let rank = start;
    while (rank !== none && walkOf[rank] === 0) {
      walkOf[rank] = walk;
      rank = parents[rank] ?? none;
    }
    if (rank === none || walkOf[rank] !== walk) continue;
    let lowest = rank;
    for (let member = parents[rank] ?? none; member !== rank && member !== none;) {
      lowest = Math.min(lowest, member);
      member = parents[member] ?? none;
    }
    parents[lowest] = none;
  }
}

/** Depth first: parents before children, siblings and roots by rank. */
function treeOrderOf(parents: Int32Array): Int32Array {
  const count = parents.length;
  const firstChild = new Int32Array(count).fill(none);
  const nextSibling = new Int32Array(count).fill(none);
  let firstRoot = none;
  for (let rank = count - 1; rank >= 0; rank -= 1) {
    const parent = parents[rank] ?? none;
    if (parent === none) {
      nextSibling[rank] = firstRoot;
      firstRoot = rank;
    } else {
      nextSibling[rank] = firstChild[parent] ?? none;
      firstChild[parent] = rank;
    }
  }
  const order = new Int32Array(count);
  let length = 0;
  const pending = firstRoot === none ? [] : [firstRoot];
  for (let rank = pending.pop(); rank !== undefined; rank = pending.pop()) {
    order[length] = rank;
    length += 1;
    const sibling = nextSibling[rank] ?? none;
    const child = firstChild[rank] ?? none;
    if (sibling !== none) pending.push(sibling);
    if (child !== none) pending.push(child);
  }
  return order;
}
