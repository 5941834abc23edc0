import { setImmediate as nextTurn } from "node:timers/promises";
import type { MessageId, Role } from "@chatty/model";
import type { CatalogSession } from "../../catalog/catalog.ts";
import { flagged, messageViewOf, parentLostFlag } from "../../journal/fold.ts";
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
  past: SourcePath | undefined;
}

/** Where the text of one message lies. */
interface EntryPlace {
  id: MessageId;
  parentId: MessageId | null;
  place: BytePlace;
  revision: RevisionPlace | undefined;
  /** True when the parent was lost in a damage. */
  isTorn: boolean;
}

/** Windows of a native session: who answers whom from its tree, texts from the places in its journal. */
export function nativeSource(options: NativeSourceOptions): WindowSource {
  const { tree, past } = options;
  // The tree goes on with the session; this order stays as it is.
  const { order } = tree;
  return {
    row: options.row,
    path: ({ path, through }) => {
      const isPast = through !== undefined && past !== undefined && past.indexOf(through) !== -1;
      const own = ownPath(tree, order, path, isPast ? undefined : through);
      return own === undefined ? undefined : pathOver(options, order, own);
    },
  };
}

const emptyPath: NumberedPath = { numbers: new Int32Array(0), indexOf: () => -1 };

function ownPath(
  tree: SessionTree,
  order: TreeOrder,
  path: WindowQuery["path"],
  through: MessageId | undefined,
): NumberedPath | undefined {
  if (path === "all") return order.all;
  const { leaf } = order;
  const active = leaf === undefined ? emptyPath : order.pathTo(leaf);
  if (through === undefined) return active;
  const number = tree.numberOf(through);
  if (number === undefined || !tree.isLiving(number)) return undefined;
  return active.indexOf(number) === -1 ? order.pathTo(order.newestBehind(number)) : active;
}

/** Messages of the past that hang on another, or on nothing: on a path, the one behind it. */
function pastChildren(past: SourcePath | undefined, parentId: MessageId | null): MessageId[] {
  if (past === undefined) return [];
  const parent = parentId === null ? undefined : past.indexOf(parentId);
  if (parent === -1) return [];
  const places = parent === undefined ? [0, ...past.seams] : [parent + 1];
  const children = places.filter((index) => index < past.length && past.parentAt(index) === parentId);
  return children.map((index) => past.idAt(index));
}

function pathOver(options: NativeSourceOptions, order: TreeOrder, own: NumberedPath): SourcePath {
  const { tree, past } = options;
  const pastLength = past?.length ?? 0;
  const length = pastLength + own.numbers.length;
  const numberAt = (index: number): number => {
    const number = own.numbers[index - pastLength];
    if (number === undefined) throw new RangeError(`There is no message ${index}.`);
    return number;
  };
  const parentOf = (number: number): MessageId | null => {
    const parent = order.parentOf(number);
    return "inside" in parent ? tree.idOf(parent.inside) : parent.outside;
  };
  const isTornAt = (number: number): boolean => {
    const parent = order.parentOf(number);
    return "outside" in parent && isLost(parent.outside);
  };
  const pastAt = (index: number): SourcePath | undefined => (index < pastLength ? past : undefined);
  // Outside of a session lies the past of a fork; what is neither there nor here was lost.
  const isLost = (outside: MessageId | null): boolean =>
    outside !== null &&
    (past === undefined ? options.row.forkedFrom === undefined : past.indexOf(outside) === -1);
  const hangingOutside = (parentId: MessageId | null): MessageId[] => [
    ...pastChildren(past, parentId),
    ...order.rootsOn(parentId).map((number) => tree.idOf(number)),
  ];
  /** What hangs on lost messages stands beside the beginnings, so that there is a way from one to the other. */
  const beginnings = (): MessageId[] => [
    ...hangingOutside(null),
    ...order.outsideParents.filter(isLost).flatMap((outside) => hangingOutside(outside)),
  ];
  return {
    length,
    idAt: (index) => pastAt(index)?.idAt(index) ?? tree.idOf(numberAt(index)),
    roleAt: (index): Role => pastAt(index)?.roleAt(index) ?? tree.roleOf(numberAt(index)),
    parentAt: (index) => {
      const earlier = pastAt(index);
      return earlier === undefined ? parentOf(numberAt(index)) : earlier.parentAt(index);
    },
    indexOf: (id) => {
      const index = past?.indexOf(id) ?? -1;
      if (index !== -1) return index;
      const number = tree.numberOf(id);
      const ownIndex = number === undefined ? -1 : own.indexOf(number);
      return ownIndex === -1 ? -1 : pastLength + ownIndex;
    },
    siblingsAt: (index) => {
      const earlier = pastAt(index);
      if (earlier !== undefined) return hangingOutside(earlier.parentAt(index));
      const parent = order.parentOf(numberAt(index));
      if ("outside" in parent)
        return parent.outside === null || isLost(parent.outside)
          ? beginnings()
          : hangingOutside(parent.outside);
      return order.siblingsOf(numberAt(index)).map((number) => tree.idOf(number));
    },
    seams: past === undefined ? [] : [...past.seams, pastLength],
    isPast: (index) => index < pastLength,
    read: async (from, to) => {
      const places: EntryPlace[] = [];
      for (let index = Math.max(from, pastLength); index < Math.min(to, length); index += 1) {
        const number = numberAt(index);
        places.push({
          id: tree.idOf(number),
          parentId: parentOf(number),
          place: tree.placeOf(number),
          revision: tree.revisionOf(number),
          isTorn: isTornAt(number),
        });
      }
      const views = await readPast(past, from, to);
      return await readEntries(options.journal, places, views);
    },
  };
}

async function readPast(past: SourcePath | undefined, from: number, to: number): Promise<MessageView[]> {
  if (past === undefined || from >= past.length) return [];
  const views = await past.read(from, Math.min(to, past.length));
  return views.map((view) => ({ ...view, flags: [...(view.flags ?? []), "past"] }));
}

/** @throws {ChattyError} FILE_DAMAGED */
async function readEntries(
  journal: PublishedBytes,
  places: readonly EntryPlace[],
  views: MessageView[],
): Promise<MessageView[]> {
  let until = performance.now() + turnMs;
  for (const { id, parentId, place, revision, isTorn } of places) {
    const record = readRecord(journal, place) as JournalRecord & (MessageRecord | CheckpointRecord);
    if (record.id !== id) throw fileDamaged(journal.path, place.offset, "another record stands there");
    const revised =
      revision === undefined
        ? undefined
        : { latest: readRecord(journal, revision) as RevisionRecord, count: revision.count };
    const view = messageViewOf(record, parentId, revised);
    views.push(isTorn ? flagged(view, parentLostFlag) : view);
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
