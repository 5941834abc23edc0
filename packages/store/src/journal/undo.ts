import type { MessageId } from "@chatty/model";
import type {
  JournalHeader,
  JournalRecord,
  MessageRecord,
  RevisionRecord,
  TombstoneRecord,
} from "./record.ts";

/** The part of a record that its writer gives; the log adds commit and time. */
type Draft<Body> = Omit<Body, "commit" | "timestamp" | "id" | "targetId" | "undoes"> & {
  id: MessageId;
  /** The record that is taken back. */
  undoes: string;
};

/** A record that takes back an earlier one. */
export type UndoDraft =
  | (Draft<RevisionRecord> & { targetId: MessageId })
  | (Draft<TombstoneRecord> & { targetId?: MessageId })
  | { kind: "title"; id: MessageId; title: string; undoes: string }
  | { kind: "archive"; id: MessageId; archived: boolean; undoes: string };

/** Text of a message, as a record gives it. */
export type RecordText = Pick<MessageRecord, "content" | "parts">;

/** A journal, as far as taking something back looks at it. */
export interface UndoSource {
  /** The title that the session began with. */
  firstTitle: string;
  /** Records, the newest first; as few are asked for as the answer needs. */
  newestFirst(): Iterable<JournalRecord>;
  /** Text of a message before the record of this number, where that can be looked up; else it is looked for in the records. */
  textBefore?(targetId: MessageId, seq: number): RecordText | undefined;
  /** Whether a message was deleted before the record of this number, where that can be looked up. */
  deletedBefore?(targetId: MessageId, seq: number): boolean;
}

/** The newest change that can be taken back, or the newest undo, with the record that does it. */
export interface FoundChange {
  draft: UndoDraft;
  record: JournalRecord;
}

/**
 * The record that takes back the last change of a session, or undefined when nothing is left to take back.
 *
 * A change is a message, an unfinished answer, a revision, a deletion or restoration, a title, or an archiving. Records that
 * take something back (`undoes`) and those taken back are passed over, so that undoing again goes further back and never
 * forward; an undo that was itself taken back counts for nothing. Changes that changed nothing are passed over too, and so are
 * notes, forks, and messages that a fork brought along.
 * @param records all records of the journal in order; a text or title is only known from where it was first given.
 * @param id id of the record to be.
 */
export function undoLastChange(
  header: JournalHeader,
  records: readonly JournalRecord[],
  id: MessageId,
): UndoDraft | undefined {
  const source: UndoSource = {
    firstTitle: header.metadata.title,
    newestFirst: () => records.toReversed(),
  };
  return findUndo(source, id)?.draft;
}

/** As {@link undoLastChange}, from the end of a journal: cost grows with how far back the change and what was before it lie. */
export function findUndo(source: UndoSource, id: MessageId): FoundChange | undefined {
  const cancelled = new Set<string>();
  const deletions = new Map<string | undefined, boolean>();
  for (const record of source.newestFirst()) {
    if (record.kind === "tombstone" && !deletions.has(record.targetId)) {
      deletions.set(record.targetId, record.deleted);
    }
    if (cancelled.has(record.id)) continue;
    if (record.undoes !== undefined) {
      cancelled.add(record.undoes);
      continue;
    }
    if (record.kind === "message" || record.kind === "checkpoint") {
      const isBrought = record.kind === "message" && record.origin !== undefined;
      if (isBrought || deletions.get(record.id) === true) continue;
    }
    const draft = inverseOf(source, record, id);
    if (draft !== undefined) return { draft, record };
  }
  return undefined;
}

/**
 * The record that takes back the last undo, or undefined when something else was done since, or nothing was undone.
 * @param id id of the record to be.
 */
export function findRedo(source: UndoSource, id: MessageId): FoundChange | undefined {
  const cancelled = new Set<string>();
  // Whether a record took back a change or an undo shows when what it took back is reached.
  const undoing: { record: JournalRecord; isRedo?: boolean }[] = [];
  for (const record of source.newestFirst()) {
    for (const each of undoing) {
      if (each.record.undoes === record.id) each.isRedo = record.undoes !== undefined;
    }
    const first = undoing.find(({ isRedo }) => isRedo !== true);
    if (first?.isRedo === false) {
      const draft = inverseOf(source, first.record, id, true);
      return draft === undefined ? undefined : { draft, record: first.record };
    }
    if (cancelled.has(record.id) || record.kind === "fork" || record.kind === "note") continue;
    if (record.undoes === undefined) {
      if (first === undefined) return undefined;
      continue;
    }
    cancelled.add(record.undoes);
    undoing.push({ record });
  }
  return undefined;
}

function inverseOf(
  source: UndoSource,
  record: JournalRecord,
  id: MessageId,
  isEvenEqual = false,
): UndoDraft | undefined {
  const undoes = record.id;
  switch (record.kind) {
    case "message":
    case "checkpoint":
      return { kind: "tombstone", id, targetId: record.id as MessageId, deleted: true, undoes };
    case "revision": {
      const targetId = record.targetId as MessageId;
      const before = textBefore(source, record);
      if (before === undefined || (!isEvenEqual && sameText(before, record))) return undefined;
      const { content, parts } = before;
      return { kind: "revision", id, targetId, content, ...(parts === undefined ? {} : { parts }), undoes };
    }
    case "tombstone": {
      if (!isEvenEqual && wasDeleted(source, record) === record.deleted) return undefined;
      const target = record.targetId === undefined ? {} : { targetId: record.targetId as MessageId };
      return { kind: "tombstone", id, ...target, deleted: !record.deleted, undoes };
    }
    case "title": {
      const before = record.former ?? lastBefore(source, record, "title")?.title ?? source.firstTitle;
      if (!isEvenEqual && before === record.title) return undefined;
      return { kind: "title", id, title: before, undoes };
    }
    case "archive": {
      const before = record.former ?? lastBefore(source, record, "archive")?.archived ?? false;
      if (!isEvenEqual && before === record.archived) return undefined;
      return { kind: "archive", id, archived: before, undoes };
    }
    case "fork":
    case "note":
      return undefined;
  }
}

/** State of a message, or of the session when no message is named, before a tombstone. */
function wasDeleted(source: UndoSource, record: JournalRecord & TombstoneRecord): boolean {
  if (record.former !== undefined) return record.former;
  const { targetId } = record;
  if (targetId !== undefined && source.deletedBefore !== undefined) {
    return source.deletedBefore(targetId as MessageId, record.seq);
  }
  for (const each of before(source, record)) {
    if (each.kind === "tombstone" && each.targetId === targetId) return each.deleted;
  }
  return false;
}

/** Text of a message before a revision. The first message of an id is the one that counts. */
function textBefore(source: UndoSource, record: JournalRecord & RevisionRecord): RecordText | undefined {
  const { targetId, seq } = record;
  if (source.textBefore !== undefined) return source.textBefore(targetId as MessageId, seq);
  let message: RecordText | undefined;
  let checkpoint: RecordText | undefined;
  for (const each of before(source, record)) {
    if (each.kind === "revision" && each.targetId === targetId) return each;
    if (each.kind === "message" && each.id === targetId) message = each;
    if (each.kind === "checkpoint" && each.id === targetId) checkpoint ??= each;
  }
  return message ?? checkpoint;
}

function lastBefore<Kind extends "title" | "archive">(
  source: UndoSource,
  record: JournalRecord,
  kind: Kind,
): Extract<JournalRecord, { kind: Kind }> | undefined {
  for (const each of before(source, record)) {
    if (each.kind === kind) return each as Extract<JournalRecord, { kind: Kind }>;
  }
  return undefined;
}

function* before(source: UndoSource, record: JournalRecord): Generator<JournalRecord> {
  for (const each of source.newestFirst()) if (each.seq < record.seq) yield each;
}

function sameText(left: RecordText, right: RecordText): boolean {
  return left.content === right.content && JSON.stringify(left.parts) === JSON.stringify(right.parts);
}
