// Undo and redo of what was done to runtimes and constructs.
import type { ConstructId, RuntimeId } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { aliasKey, resolveConstruct } from "../workspace/aliases.ts";
import { getConstruct } from "../workspace/constructs.ts";
import type { Act, ActSubject } from "../workspace/history.ts";
import { listActs } from "../workspace/history.ts";
import { getRuntime } from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import { actsInForce, inverseOfAct, recorded, undoingOf } from "./acts.ts";
import { findConstruct, newVersion } from "./construct-changes.ts";
import { leavingRuntime } from "./runtime-changes.ts";
import type { UserContext } from "./user-context.ts";

/** Which way to go. */
export type Direction = "undo" | "redo";

/**
 * Takes back the last act on a runtime (a name, deletion, restoration or joining), or the last undo of one.
 * @throws {ChattyError} NOTHING_TO_UNDO, NOTHING_TO_REDO
 */
export async function undoRuntime(
  context: UserContext,
  runtimeId: RuntimeId,
  direction: Direction,
): Promise<void> {
  await takeBack(context, actToTakeBack(context, "runtime", runtimeId, direction));
}

/**
 * Takes back the last act on a construct: an edit, a file, an action or its deletion, with everything that went with it.
 * @returns its callsign.
 * @throws {ChattyError} NOTHING_TO_UNDO, NOTHING_TO_REDO, CONSTRUCT_NOT_FOUND
 */
export async function undoConstruct(
  context: UserContext,
  name: string,
  direction: Direction,
): Promise<ConstructId> {
  const constructId = constructOfActs(context, name);
  await takeBack(context, actToTakeBack(context, "construct", constructId, direction));
  return constructId;
}

/** Brings a runtime back whole that was hidden because its construct was deleted. @returns false when that is not how it went. */
export async function restoreWithConstruct(context: UserContext, runtime: RuntimeRecord): Promise<boolean> {
  const deletion = deletionOfConstruct(context, runtime.constructId);
  const isOfIt = deletion?.changes.some(
    ({ table, key }) => table === "runtimes" && key["runtime_id"] === runtime.runtimeId,
  );
  if (deletion === undefined || isOfIt !== true) return false;
  await takeBack(context, deletion);
  return true;
}

/** The act that deleted a construct, while it is in force. */
export function deletionOfConstruct(context: UserContext, constructId: ConstructId): Act | undefined {
  const [last] = actsInForce(context, "construct", constructId).live;
  return last?.kind === "delete" && inverseOfAct(context, last) !== undefined ? last : undefined;
}

function constructOfActs(context: UserContext, name: string): ConstructId {
  const { storage, userId } = context;
  const named = (resolveConstruct(storage.configuration, userId, name) ?? aliasKey(name)) as ConstructId;
  // One that was deleted has no row any more, but what was done to it is known.
  if (listActs(storage.configuration, userId, "construct", named).length > 0) return named;
  return findConstruct(context, name).constructId;
}

function actToTakeBack(
  context: UserContext,
  subject: ActSubject,
  subjectId: string,
  direction: Direction,
): Act {
  const { live, undo } = actsInForce(context, subject, subjectId);
  const act = direction === "redo" ? undo : live.find((each) => inverseOfAct(context, each) !== undefined);
  if (act !== undefined) return act;
  if (direction === "redo") {
    throw new ChattyError("NOTHING_TO_REDO", `No undo is left to take back for ${subjectId}.`, {
      hint: "Only the last undo can be taken back, and only while nothing else was changed since.",
    });
  }
  throw new ChattyError("NOTHING_TO_UNDO", `Nothing is left to take back for ${subjectId}.`);
}

async function takeBack(context: UserContext, act: Act): Promise<void> {
  const { storage, userId, sessions } = context;
  await sessions.commit(() => {
    const changes = inverseOfAct(context, act);
    if (changes === undefined) {
      throw new ChattyError("UNDO_CONFLICT", "What is to be taken back was changed by something else.", {
        hint: "Nothing was changed. Look at it again, and undo what was done last.",
      });
    }
    const edits = act.changes.some(
      ({ table, before, after }) => table === "gpts" && before !== null && after !== null,
    );
    const construct = edits
      ? getConstruct(storage.configuration, userId, act.subjectId as ConstructId)
      : undefined;
    return [
      // A version's number names a state and is never given to another one.
      ...(construct === undefined ? [] : newVersion(context, construct)),
      ...recorded(context, undoingOf(act), changes),
      ...act.changes.flatMap(({ table, key, before }) => {
        const isHidden = table === "runtimes" && typeof before?.["deleted_at"] === "number";
        const runtime = isHidden
          ? getRuntime(storage.configuration, userId, String(key["runtime_id"]) as RuntimeId)
          : undefined;
        return runtime === undefined ? [] : leavingRuntime(context, runtime);
      }),
    ];
  });
}
