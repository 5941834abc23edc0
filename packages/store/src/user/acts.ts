// Keeps what a person does to the configuration, and takes it back.
import type { SessionChange } from "../sessions/backend.ts";
import type { ConfigurationChange } from "../workspace/changes.ts";
import { inverseChange, listActs, roomForAct, rowChangeOf } from "../workspace/history.ts";
import type { Act, ActSubject, NewAct } from "../workspace/history.ts";
import type { UserContext } from "./user-context.ts";

/**
 * Changes of the configuration with the act that they are, for one batch. To be called when the turn of the batch has come, because
 * rows are kept as they are then. Changes that change nothing are left out.
 */
export function recorded(
  context: Pick<UserContext, "storage" | "userId">,
  act: Omit<NewAct, "changes">,
  changes: readonly ConfigurationChange[],
): SessionChange[] {
  const { storage, userId } = context;
  const reader = storage.configuration;
  const made = changes.flatMap((change) => {
    const rowChange = rowChangeOf(reader, userId, change);
    return rowChange === undefined ? [] : [{ change, rowChange }];
  });
  if (made.length === 0) return [];
  return [
    ...made.map(({ change }): SessionChange => ({ kind: "configure", change })),
    ...roomForAct(reader, userId, act.subject, act.subjectId).map((change): SessionChange => ({
      kind: "configure",
      change,
    })),
    { kind: "act", act: { ...act, changes: made.map(({ rowChange }) => rowChange) } },
  ];
}

/** Acts of a subject that are in force, and the undo that can be taken back, as far as there are any. */
export interface ActsInForce {
  /** Acts that were not taken back, the newest first. */
  live: Act[];
  /** The last undo, if nothing was done to the subject since. */
  undo: Act | undefined;
}

/** Which acts of a subject are in force. An undo that was itself taken back counts for nothing. */
export function actsInForce(context: UserContext, subject: ActSubject, subjectId: string): ActsInForce {
  const acts = listActs(context.storage.configuration, context.userId, subject, subjectId);
  const bySeq = new Map(acts.map((act) => [act.seq, act]));
  const cancelled = new Set<number>();
  const live: Act[] = [];
  let undo: Act | undefined;
  for (const act of acts) {
    if (cancelled.has(act.seq)) continue;
    if (act.undoes === undefined) {
      live.push(act);
      continue;
    }
    cancelled.add(act.undoes);
    const isRedo = bySeq.get(act.undoes)?.undoes !== undefined;
    if (!isRedo && undo === undefined && live.length === 0) undo = act;
  }
  return { live, undo };
}

/** The changes that take an act back; undefined when something that it changed was changed by something else since. */
export function inverseOfAct(context: UserContext, act: Act): ConfigurationChange[] | undefined {
  const changes: ConfigurationChange[] = [];
  for (const each of act.changes.toReversed()) {
    const change = inverseChange(context.storage.configuration, context.userId, each);
    if (change === undefined) return undefined;
    changes.push(change);
  }
  return changes;
}

/** The act of taking another one back. */
export function undoingOf(act: Act): Omit<NewAct, "changes"> {
  const { subject, subjectId, seq } = act;
  const isRedo = act.undoes !== undefined;
  return { kind: isRedo ? "redo" : "undo", subject, subjectId, undoes: seq };
}
