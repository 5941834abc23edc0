import { setImmediate as nextTurn } from "node:timers/promises";
import type { MessageId, Role } from "@chatty/model";
import type { CatalogSession } from "../../catalog/catalog.ts";
import { messageViewOf } from "../../journal/fold.ts";
import { fileDamaged } from "../../journal/read.ts";
import type { PublishedBytes } from "../../journal/read.ts";
import type { CheckpointRecord, JournalRecord, MessageRecord, RevisionRecord } from "../../journal/record.ts";
import { openLine } from "../../log/chained-line.ts";
import type { BytePlace, RevisionPlace, SessionTree } from "../../sessions/flatfile/session-tree.ts";
import type { NumberedPath, TreeOrder } from "../../sessions/flatfile/tree-order.ts";
import type { MessageView, WindowQuery } from "../../views.ts";
import type { SourcePath, WindowSource } from "./window-source.ts";

/** Longest stretch of reading between two turns of the event loop. */
const turnMs = 8;

export interface NativeSourceOptions {
  row: CatalogSession;
  tree: SessionTree;
  journal: PublishedBytes;
  /** What the session continues, if it is a fork. */
  past: readonly MessageView[];
}

/** Where the text of one message lies. */
interface EntryPlace {
  id: MessageId;
  parentId: MessageId | null;
  place: BytePlace;
  revision: RevisionPlace | undefined;
}

/** Windows of a native session: who answers whom from its tree, texts from the places in its journal. */
export function nativeSource(options: NativeSourceOptions): WindowSource {
  const { tree, past } = options;
  // The tree goes on with the session; this order stays as it is.
  const { order } = tree;
  const pastIndexes = new Map(past.map((message, index) => [message.id, index]));
  return {
    row: options.row,
    path: ({ path, through }) => {
      const own = ownPath(tree, order, { path, through }, pastIndexes);
      return own === undefined ? undefined : pathOver(options, order, own, pastIndexes);
    },
  };
}

const emptyPath: NumberedPath = { numbers: new Int32Array(0), indexOf: () => -1 };

function ownPath(
  tree: SessionTree,
  order: TreeOrder,
  query: { path: WindowQuery["path"]; through: MessageId | undefined },
  pastIndexes: ReadonlyMap<MessageId, number>,
): NumberedPath | undefined {
  if (query.path === "all") return order.all;
  const { leaf } = order;
  const active = leaf === undefined ? emptyPath : order.pathTo(leaf);
  if (query.through === undefined || pastIndexes.has(query.through)) return active;
  const number = tree.numberOf(query.through);
  if (number === undefined || !tree.isLiving(number)) return undefined;
  return active.indexOf(number) === -1 ? order.pathTo(order.newestBehind(number)) : active;
}

function pathOver(
  options: NativeSourceOptions,
  order: TreeOrder,
  own: NumberedPath,
  pastIndexes: ReadonlyMap<MessageId, number>,
): SourcePath {
  const { tree, past } = options;
  const length = past.length + own.numbers.length;
  const numberAt = (index: number): number => {
    const number = own.numbers[index - past.length];
    if (number === undefined) throw new RangeError(`There is no message ${index}.`);
    return number;
  };
  const parentOf = (number: number): MessageId | null => {
    const parent = order.parentOf(number);
    return "inside" in parent ? tree.idOf(parent.inside) : parent.outside;
  };
  const hangingOutside = (parentId: MessageId | null): MessageId[] => [
    ...past.filter((message) => message.parentId === parentId).map(({ id }) => id),
    ...order.rootsOn(parentId).map((number) => tree.idOf(number)),
  ];
  return {
    length,
    idAt: (index) => past[index]?.id ?? tree.idOf(numberAt(index)),
    roleAt: (index): Role => past[index]?.role ?? tree.roleOf(numberAt(index)),
    indexOf: (id) => {
      const pastIndex = pastIndexes.get(id);
      if (pastIndex !== undefined) return pastIndex;
      const number = tree.numberOf(id);
      const index = number === undefined ? -1 : own.indexOf(number);
      return index === -1 ? -1 : past.length + index;
    },
    siblingsAt: (index) => {
      const pastMessage = past[index];
      if (pastMessage !== undefined) return hangingOutside(pastMessage.parentId);
      const parent = order.parentOf(numberAt(index));
      if ("outside" in parent) return hangingOutside(parent.outside);
      return order.siblingsOf(numberAt(index)).map((number) => tree.idOf(number));
    },
    isPast: (index) => index < past.length,
    read: async (from, to) => {
      const views = past.slice(from, to);
      const places: EntryPlace[] = [];
      for (let index = Math.max(from, past.length); index < Math.min(to, length); index += 1) {
        const number = numberAt(index);
        places.push({
          id: tree.idOf(number),
          parentId: parentOf(number),
          place: tree.placeOf(number),
          revision: tree.revisionOf(number),
        });
      }
      return await readEntries(options.journal, places, views);
    },
  };
}

/** @throws {ChattyError} FILE_DAMAGED */
async function readEntries(
  journal: PublishedBytes,
  places: readonly EntryPlace[],
  views: MessageView[],
): Promise<MessageView[]> {
  let until = performance.now() + turnMs;
  for (const { id, parentId, place, revision } of places) {
    const record = readRecord(journal, place) as JournalRecord & (MessageRecord | CheckpointRecord);
    if (record.id !== id) throw fileDamaged(journal.path, place.offset, "another record stands there");
    const revised =
      revision === undefined
        ? undefined
        : { latest: readRecord(journal, revision) as RevisionRecord, count: revision.count };
    views.push(messageViewOf(record, parentId, revised));
    if (performance.now() < until) continue;
    await nextTurn();
    until = performance.now() + turnMs;
  }
  return views;
}

function readRecord(journal: PublishedBytes, { offset, length }: BytePlace): JournalRecord {
  const opened = openLine<Omit<JournalRecord, "prev" | "hash">>(journal.read(offset, length));
  if (opened.kind === "fault") {
    throw fileDamaged(journal.path, offset, `the line there is not sealed (${opened.fault})`);
  }
  return opened.body as JournalRecord;
}
