import type { ConstructId, LegacyConstruct, RuntimeId, SessionId } from "@chatty/model";
import { isChattyError, parseConstructId, slugFromText } from "@chatty/model";
import { makeConstruct } from "../user/construct-changes.ts";
import type { UserContext } from "../user/user-context.ts";
import { deleteSession, setHome } from "../user/session-changes.ts";
import { aliasChange, resolveConstruct } from "../workspace/aliases.ts";
import { homeOfRuntime } from "../workspace/homes.ts";
import { listRuntimes, runtimesOfConstruct } from "../workspace/runtimes.ts";
import { synthConstructId, synthRuntimeId } from "../workspace/seed.ts";

/** Where the conversations of a construct of an older store go. */
export type ConstructTarget =
  | { kind: "known"; runtimeId: RuntimeId; constructId: ConstructId }
  | { kind: "new"; constructId: ConstructId; name: string }
  /** Its person deleted the runtime in this vault; what was deleted stays deleted. */
  | { kind: "deleted"; runtimeId: RuntimeId; constructId: ConstructId };

/** The callsign that an older store means: lower case, one number, `-001` where it has none. Undefined when nothing is left of it. */
export function callsignFrom(name: string): ConstructId | undefined {
  const slug = slugFromText(name).replace(/(-\d{3})\1+$/, "$1");
  if (slug === "") return undefined;
  try {
    return parseConstructId(/-\d{3}$/.test(slug) ? slug : `${slug}-001`);
  } catch (error) {
    if (isChattyError(error, "INVALID_ID")) return undefined;
    throw error;
  }
}

/** Finds whom a conversation was held with in this vault. One that was held with nobody in particular belongs to the core runtime. */
export function findConstructTarget(context: UserContext, name: string | undefined): ConstructTarget {
  const { storage, userId } = context;
  const reader = storage.configuration;
  const core: ConstructTarget = { kind: "known", runtimeId: synthRuntimeId, constructId: synthConstructId };
  const callsign = name === undefined ? undefined : callsignFrom(name);
  if (name === undefined || callsign === undefined || callsign === "chatty-001") return core;
  const known = resolveConstruct(reader, userId, callsign);
  if (known === undefined) return { kind: "new", constructId: callsign, name: plainName(name) };
  const runtimes = runtimesOfConstruct(reader, userId, known);
  const living = runtimes.find(
    ({ deletedAt, joinedInto }) => deletedAt === undefined && joinedInto === undefined,
  );
  if (living !== undefined) return { kind: "known", runtimeId: living.runtimeId, constructId: known };
  const [gone] = runtimes;
  if (gone !== undefined) return { kind: "deleted", runtimeId: gone.runtimeId, constructId: known };
  return { kind: "known", runtimeId: synthRuntimeId, constructId: known };
}

/** As {@link findConstructTarget}; a construct that is not there yet is made, with a runtime and a home. */
export async function ensureConstructTarget(
  context: UserContext,
  name: string | undefined,
): Promise<Exclude<ConstructTarget, { kind: "new" }>> {
  const target = findConstructTarget(context, name);
  if (target.kind !== "new") return target;
  await makeConstruct(context, { name: target.name, constructId: target.constructId }, true);
  const made = findConstructTarget(context, name);
  if (made.kind === "new") throw new TypeError(`The construct ${target.constructId} was not made.`);
  return made;
}

/**
 * Makes a construct of an older database, with its settings, its custom runtime and a home. One that is here already stays as it is.
 * @returns what was done, or would be.
 * @throws {ChattyError} CONSTRUCT_INVALID
 */
export async function takeConstruct(
  context: UserContext,
  construct: LegacyConstruct,
  isDryRun: boolean,
): Promise<"new" | "unchanged"> {
  const { callsign, ...settings } = construct;
  const target = findConstructTarget(context, callsign ?? construct.name);
  if (target.kind !== "new") return "unchanged";
  if (!isDryRun) await makeConstruct(context, { ...settings, constructId: target.constructId }, true);
  return "new";
}

/**
 * Lets the callsign that an imported construct had in the older store find the one that its imports have here, unless it finds
 * something already.
 */
export async function nameImportedConstruct(
  context: UserContext,
  name: string,
  constructId: ConstructId,
): Promise<void> {
  const { storage, userId, sessions, now } = context;
  const callsign = callsignFrom(name);
  if (callsign === undefined || resolveConstruct(storage.configuration, userId, callsign) !== undefined)
    return;
  await sessions.commit([
    { kind: "configure", change: aliasChange(userId, "construct", callsign, constructId, now()) },
  ]);
}

/**
 * Makes a migrated home the home of its runtime, if the one that is there is empty; the empty one is deleted, with undo.
 * @returns false when the runtime has a home with messages in it: nothing is changed then.
 */
export async function takeHome(context: UserContext, sessionId: SessionId): Promise<boolean> {
  const { storage, userId, sessions } = context;
  const row = sessions.row(sessionId);
  if (row === undefined || row.deleted) return false;
  const home = homeOfRuntime(storage.configuration, userId, row.runtimeId);
  if (home?.sessionId === sessionId) return true;
  const former = home === undefined ? undefined : sessions.row(home.sessionId);
  if (former !== undefined && former.messageCount > 0) return false;
  if (listRuntimes(storage.configuration, userId).every(({ runtimeId }) => runtimeId !== row.runtimeId))
    return false;
  await setHome(context, row);
  const emptied = former === undefined ? undefined : sessions.row(former.sessionId);
  if (emptied !== undefined && !emptied.home && emptied.messageCount === 0)
    await deleteSession(context, emptied);
  return true;
}

function plainName(name: string): string {
  const plain = name.trim().replace(/(?:-\d{3})+$/, "");
  return plain === "" ? name.trim() : plain;
}
