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

/**
 * The record that takes back the last change of a session, or undefined when nothing is left to take back.
 *
 * A change is a message, an unfinished answer, a revision, a deletion or restoration, a title, or an archiving. Records that
 * take something back (`undoes`) and those taken back are passed over, so that undoing again goes further back and never
 * forward; so are changes that changed nothing, and messages that a fork brought along.
 * @param records all records of the journal in order; a text or title is only known from where it was first given.
 * @param id id of the record to be.
 */
export function undoLastChange(
  header: JournalHeader,
  records: readonly JournalRecord[],
  id: MessageId,
): UndoDraft | undefined {
  const undone = new Set(records.map((record) => record.undoes));
  const deletions = new Map<string | undefined, boolean>();
  for (const record of records) {
    if (record.kind === "tombstone") deletions.set(record.targetId, record.deleted);
  }
  for (let index = records.length - 1; index >= 0; index -= 1) {
    const record = records[index];
    if (record === undefined || record.undoes !== undefined || undone.has(record.id)) continue;
    if (record.kind === "message" || record.kind === "checkpoint") {
      const brought = record.kind === "message" && record.origin !== undefined;
      if (brought || deletions.get(record.id) === true) continue;
      return { kind: "tombstone", id, targetId: record.id as MessageId, deleted: true, undoes: record.id };
    }
    const draft = inverseOf(header, () => records.slice(0, index), record, id);
    if (draft !== undefined) return draft;
  }
  return undefined;
}

function inverseOf(
  header: JournalHeader,
  earlier: () => readonly JournalRecord[],
  record: Exclude<JournalRecord, { kind: "message" | "checkpoint" }>,
  id: MessageId,
): UndoDraft | undefined {
  const undoes = record.id;
  switch (record.kind) {
    case "revision": {
      const before = textOf(earlier(), record.targetId);
      if (before === undefined || sameText(before, record)) return undefined;
      const { content, parts } = before;
      const targetId = record.targetId as MessageId;
      return { kind: "revision", id, targetId, content, ...(parts === undefined ? {} : { parts }), undoes };
    }
    case "tombstone": {
      if (isDeleted(earlier(), record.targetId) === record.deleted) return undefined;
      const target = record.targetId === undefined ? {} : { targetId: record.targetId as MessageId };
      return { kind: "tombstone", id, ...target, deleted: !record.deleted, undoes };
    }
    case "title": {
      const before = earlier().findLast((each) => each.kind === "title")?.title ?? header.metadata.title;
      return before === record.title ? undefined : { kind: "title", id, title: before, undoes };
    }
    case "archive": {
      const before = earlier().findLast((each) => each.kind === "archive")?.archived ?? false;
      return before === record.archived ? undefined : { kind: "archive", id, archived: before, undoes };
    }
    case "fork":
    case "note":
      return undefined;
  }
}

/** State of a message, or of the session when no message is named. */
function isDeleted(records: readonly JournalRecord[], targetId: string | undefined): boolean {
  const last = records.findLast((each) => each.kind === "tombstone" && each.targetId === targetId);
  return last?.kind === "tombstone" && last.deleted;
}

type Text = Pick<MessageRecord, "content" | "parts">;

/** Text of a message before any record that is not among these. The first message of an id is the one that counts. */
function textOf(records: readonly JournalRecord[], messageId: string): Text | undefined {
  return (records.findLast((each) => each.kind === "revision" && each.targetId === messageId) ??
    records.find((each) => each.kind === "message" && each.id === messageId) ??
    records.findLast((each) => each.kind === "checkpoint" && each.id === messageId)) as Text | undefined;
}

function sameText(left: Text, right: Text): boolean {
  return left.content === right.content && JSON.stringify(left.parts) === JSON.stringify(right.parts);
}
