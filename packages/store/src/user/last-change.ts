// Undo and redo of a session: its journal and the configuration, in the order in which both changed.
import type { MessageId, SessionId } from "@chatty/model";
import { ChattyError, createUuid } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import { readHeader, recordsFromEnd } from "../journal/read.ts";
import type { JournalRecord } from "../journal/record.ts";
import { findRedo, findUndo } from "../journal/undo.ts";
import type { FoundChange, RecordText, UndoSource } from "../journal/undo.ts";
import { openLine } from "../log/chained-line.ts";
import type { NewRecord, SessionChange } from "../sessions/backend.ts";
import type { Act, RowChange } from "../workspace/history.ts";
import { actsInForce, inverseOfAct, recorded, undoingOf } from "./acts.ts";
import type { ActsInForce } from "./acts.ts";
import type { UserContext } from "./user-context.ts";

/** What taking something back changes: a record of the journal, acts on the configuration, or both at once. */
export interface TakenBack {
  draft: FoundChange["draft"] | undefined;
  /** The changes beside the record, made when their turn has come. */
  changes: () => SessionChange[];
}

/** What takes the last change of a session back. @param id of the record to be. @throws {ChattyError} NOTHING_TO_UNDO */
export function lastChange(context: UserContext, row: CatalogSession, id: MessageId): TakenBack {
  const inJournal = row.imported ? undefined : findUndo(undoSource(context, row), id);
  const { live } = actsInForce(context, "session", row.sessionId);
  const inActs = live.find((act) => isInForce(context, act));
  const found = newest(inJournal, inActs);
  if (found === undefined) {
    throw new ChattyError("NOTHING_TO_UNDO", `Nothing is left to take back in session ${row.sessionId}.`);
  }
  return takenBack(context, found);
}

/** What takes the last undo of a session back. @param id of the record to be. @throws {ChattyError} NOTHING_TO_REDO */
export function lastUndo(context: UserContext, row: CatalogSession, id: MessageId): TakenBack {
  const source = row.imported ? undefined : undoSource(context, row);
  const acts = actsInForce(context, "session", row.sessionId);
  const found = newest(source === undefined ? undefined : findRedo(source, id), acts.undo);
  const at = Math.max(found?.act?.seq ?? -1, found?.change?.record.commit ?? -1);
  if (found === undefined || isOvertaken(source, acts, id, at)) {
    throw new ChattyError("NOTHING_TO_REDO", `No undo is left to take back in session ${row.sessionId}.`, {
      hint: "Only the last undo can be taken back, and only while nothing else was changed since.",
    });
  }
  return takenBack(context, found);
}

interface Found {
  change?: FoundChange;
  act?: Act;
}

/** The later of the two; both, when they were one change. */
function newest(change: FoundChange | undefined, act: Act | undefined): Found | undefined {
  if (change === undefined) return act === undefined ? undefined : { act };
  if (act === undefined || act.seq < change.record.commit) return { change };
  return act.seq > change.record.commit ? { act } : { change, act };
}

/** True when something was done after the undo that is to be taken back. */
function isOvertaken(
  source: UndoSource | undefined,
  { live }: ActsInForce,
  id: MessageId,
  at: number,
): boolean {
  const [act] = live;
  if (act !== undefined && act.seq > at) return true;
  const change = source === undefined ? undefined : findUndo(source, id);
  return change !== undefined && change.record.commit > at;
}

function takenBack(context: UserContext, { change, act }: Found): TakenBack {
  return {
    draft: change?.draft,
    changes: () => {
      if (act === undefined) return [];
      const inverse = inverseOfAct(context, act);
      if (inverse === undefined) {
        throw new ChattyError("UNDO_CONFLICT", "What is to be taken back was changed by something else.", {
          hint: "Nothing was changed. Look at it again, and undo what was done last.",
        });
      }
      return [
        ...act.changes.flatMap((each) => formerHome(context, act, each)),
        ...recorded(context, undoingOf(act), inverse),
      ];
    },
  };
}

/** A home that was replaced by yet another one, or whose former session is gone, is no longer anything to take back. */
function isInForce(context: UserContext, act: Act): boolean {
  if (inverseOfAct(context, act) === undefined) return false;
  return act.changes.every(({ table, before }) => {
    const sessionId = table === "homes" ? before?.["session_id"] : undefined;
    return typeof sessionId !== "string" || context.catalog.session(sessionId as SessionId) !== undefined;
  });
}

/** What must be so for a former home to be a home again: it is neither deleted nor archived. */
function formerHome(context: UserContext, act: Act, { table, before }: RowChange): SessionChange[] {
  const former = table === "homes" ? before?.["session_id"] : undefined;
  const row = typeof former === "string" ? context.sessions.row(former as SessionId) : undefined;
  if (row?.deleted === true) {
    throw new ChattyError("SESSION_DELETED", `The former home ${row.sessionId} is deleted.`, {
      hint: "Restore it first.",
      where: { session: row.sessionId },
    });
  }
  // The session itself comes out of the archive with the record that put it there.
  if (row?.archived !== true || row.sessionId === act.subjectId) return [];
  const id = createUuid(context.now()) as MessageId;
  const record: NewRecord = { kind: "archive", id, archived: false };
  return [{ kind: "append", sessionId: row.sessionId, record }];
}

function undoSource(context: UserContext, row: CatalogSession): UndoSource {
  const { catalog, sessions } = context;
  const { sessionId } = row;
  const journal = sessions.journalOf(row);
  const textAt = ({ offset, length }: { offset: number; length: number }): RecordText | undefined => {
    const opened = openLine<RecordText>(journal.read(offset, length));
    return opened.kind === "fault" ? undefined : opened.body;
  };
  return {
    firstTitle: readHeader(journal).metadata.title,
    newestFirst: () => recordsFromEnd(journal),
    textBefore: (targetId, seq) => {
      const place =
        catalog.changeBefore(sessionId, targetId, seq, true) ?? catalog.message(sessionId, targetId);
      return place === undefined ? undefined : textAt(place);
    },
    deletedBefore: (targetId, seq) =>
      catalog.changeBefore(sessionId, targetId, seq, false)?.kind === "deletion",
  };
}

/** True for a record that takes a session out of the lists. */
export function hidesSession(draft: FoundChange["draft"] | JournalRecord | undefined): boolean {
  if (draft?.kind === "archive") return draft.archived;
  return draft?.kind === "tombstone" && draft.targetId === undefined && draft.deleted;
}
