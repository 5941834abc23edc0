import type { MessageId, Role } from "@chatty/model";
import { roleNames } from "../../catalog/catalog-rows.ts";
import type { CatalogChange, MessagePlaceRow, RecordPlaces } from "../../catalog/catalog.ts";
import { TreeOrder } from "./tree-order.ts";

/** Bytes in a journal. */
export interface BytePlace {
  offset: number;
  length: number;
}

/** Where the newest text of a revised message lies, and how many came after the first. */
export interface RevisionPlace extends BytePlace {
  seq: number;
  count: number;
}

/** No parent among the messages of the session. */
const none = -1;

/**
 * Who answers whom in one native session, without a word of what is said: the state of `JournalFold` but for the texts. Entries have
 * numbers in the order in which they came to be known; numbers stay.
 */
export class SessionTree {
  readonly #ids: MessageId[] = [];
  readonly #positions = new Map<string, number>();
  readonly #parents: number[] = [];
  /** Parents that are not among the messages: a fork's past, or what is not known yet. */
  readonly #outside = new Map<number, MessageId>();
  readonly #waiting = new Map<string, number[]>();
  readonly #seqs: number[] = [];
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];
  readonly #isFinal: boolean[] = [];
  readonly #roles: number[] = [];
  readonly #dead = new Set<string>();
  readonly #revisions = new Map<string, RevisionPlace>();
  #lastChange: BytePlace | undefined;
  #order: TreeOrder | undefined;

  /** Messages, deleted ones included. */
  get size(): number {
    return this.#ids.length;
  }

  /** Takes in rows of the catalog; parents may come later. */
  addRows(rows: readonly MessagePlaceRow[]): void {
    for (const [id, parentId, seq, offset, length, isCheckpoint, role] of rows) {
      const place = { offset, length };
      this.#say(id as MessageId, parentId as MessageId | null, seq, place, isCheckpoint === 0, role);
    }
  }

  /** Takes in the changes of messages, in their order. */
  addChanges(changes: readonly CatalogChange[]): void {
    for (const change of changes) this.#change(change);
  }

  /** Takes in what the next record of the journal says. */
  add({ message, change }: RecordPlaces): void {
    if (message !== undefined) {
      const { messageId, parentId, seq, kind, role } = message;
      const number = roleNames.indexOf(role);
      this.#say(messageId, parentId ?? null, seq, message, kind === "message", number);
    }
    if (change !== undefined) this.#change(change);
  }

  /** The number of a message, deleted or not. */
  numberOf(id: string): number | undefined {
    return this.#positions.get(id);
  }

  idOf(number: number): MessageId {
    const id = this.#ids[number];
    if (id === undefined) throw new RangeError(`There is no entry ${number}.`);
    return id;
  }

  /** True when it answers another message of the session, even one that came later. */
  hasParent(number: number): boolean {
    return (this.#parents[number] ?? none) !== none;
  }

  /** Place in the order of the journal: the number of its record. */
  seqOf(number: number): number {
    return this.#seqs[number] ?? 0;
  }

  /** False for an answer of which only a checkpoint was written. */
  isFinal(number: number): boolean {
    return this.#isFinal[number] === true;
  }

  /** The last record that revised, deleted or brought back a message. */
  get lastChange(): BytePlace | undefined {
    return this.#lastChange;
  }

  roleOf(number: number): Role {
    return roleNames[this.#roles[number] ?? 0] ?? "system";
  }

  placeOf(number: number): BytePlace {
    return { offset: this.#offsets[number] ?? 0, length: this.#lengths[number] ?? 0 };
  }

  revisionOf(number: number): RevisionPlace | undefined {
    return this.#revisions.size === 0 ? undefined : this.#revisions.get(this.idOf(number));
  }

  isLiving(number: number): boolean {
    return this.#dead.size === 0 || !this.#dead.has(this.idOf(number));
  }

  /** Tree order, paths and siblings as they are now; made when first asked for after a change. */
  get order(): TreeOrder {
    this.#order ??= new TreeOrder({
      seqs: this.#seqs,
      parents: this.#parents,
      outside: this.#outside,
      dead: this.#deadNumbers(),
    });
    return this.#order;
  }

  #deadNumbers(): Uint8Array {
    const dead = new Uint8Array(this.size);
    for (const id of this.#dead) {
      const number = this.#positions.get(id);
      if (number !== undefined) dead[number] = 1;
    }
    return dead;
  }

  #say(
    id: MessageId,
    parentId: MessageId | null,
    seq: number,
    place: BytePlace,
    isFinal: boolean,
    role: number,
  ): void {
    const known = this.#positions.get(id);
    if (known !== undefined && this.#isFinal[known] === true) return;
    this.#order = undefined;
    const number = known ?? this.#ids.length;
    if (known === undefined) {
      this.#positions.set(id, number);
      this.#ids.push(id);
      for (const child of this.#waiting.get(id) ?? []) {
        if (this.#outside.get(child) !== id) continue;
        this.#outside.delete(child);
        this.#parents[child] = number;
      }
      this.#waiting.delete(id);
    }
    // An unfinished answer keeps the place of its first record.
    if (known === undefined || isFinal) this.#seqs[number] = seq;
    this.#offsets[number] = place.offset;
    this.#lengths[number] = place.length;
    this.#isFinal[number] = isFinal;
    this.#roles[number] = role;
    this.#parents[number] = none;
    this.#outside.delete(number);
    if (parentId === null) return;
    const parent = this.#positions.get(parentId);
    if (parent !== undefined) {
      this.#parents[number] = parent;
      return;
    }
    this.#outside.set(number, parentId);
    const waiting = this.#waiting.get(parentId);
    if (waiting === undefined) this.#waiting.set(parentId, [number]);
    else waiting.push(number);
  }

  #change({ targetId, kind, seq, offset, length }: CatalogChange): void {
    this.#lastChange = { offset, length };
    if (kind === "revision") {
      const count = (this.#revisions.get(targetId)?.count ?? 0) + 1;
      this.#revisions.set(targetId, { seq, offset, length, count });
      return;
    }
    this.#order = undefined;
    if (kind === "deletion") this.#dead.add(targetId);
    else this.#dead.delete(targetId);
  }
}
