import { randomUUID } from "node:crypto";
import type { RuntimeId, SourceIdentity, UserId } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { newestReference } from "../workspace/references.ts";
import { getRuntime, runtimesOfProvider } from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import type { ExportDigests } from "./digest/export-digests.ts";
import type { ImportContext } from "./import-context.ts";
import { assertNotAborted, runtimeDeleted } from "./import-errors.ts";
import { importedSessionId } from "./name-uuid.ts";
import { Turn } from "./turn.ts";

/** Where an export goes: into a runtime that is there, or into one that is yet to be made. */
export type ImportTarget =
  | { kind: "known"; runtime: RuntimeRecord }
  | {
      kind: "new";
      /** UUID that fixes the ids of everything imported into the runtime, now and later. */
      namespace: string;
    };

/**
 * Finds the runtime that an export belongs to: the one that the person named, else the one with its account, else the one that
 * has some of its conversations already, else a new one.
 * @throws {ChattyError} RUNTIME_NOT_FOUND, RUNTIME_NOT_IMPORTED, RUNTIME_SOURCE_DIFFERS, RUNTIME_DELETED, IMPORT_ABORTED
 */
export async function findTarget(
  context: ImportContext,
  opened: ExportDigests,
  into: RuntimeId | "new" | undefined,
  signal: AbortSignal | undefined,
): Promise<ImportTarget> {
  if (into === "new") return { kind: "new", namespace: randomUUID() };
  if (into !== undefined) return { kind: "known", runtime: namedTarget(context, into, opened.source) };
  const candidates = runtimesOfProvider(
    context.storage.configuration,
    context.user.userId,
    opened.source,
  ).filter((runtime) => runtime.kind === "imported");
  if (candidates.length === 0) return { kind: "new", namespace: randomUUID() };
  const matched = livingFirst(context, runtimesOfAccount(candidates, opened.identity));
  const runtime = matched ?? (await searchData(context, opened, candidates, signal));
  if (runtime === undefined) return { kind: "new", namespace: randomUUID() };
  // What a person deleted stays deleted.
  if (runtime.deletedAt !== undefined) throw runtimeDeleted(runtime.runtimeId);
  return { kind: "known", runtime };
}

/** The runtime in which a joined one shows now; itself for all others. */
export function joinedRoot(context: ImportContext, runtime: RuntimeRecord): RuntimeRecord {
  const seen = new Set<string>([runtime.runtimeId]);
  let at = runtime;
  while (at.joinedInto !== undefined && !seen.has(at.joinedInto)) {
    seen.add(at.joinedInto);
    const next = getRuntime(context.storage.configuration, context.user.userId, at.joinedInto);
    if (next === undefined) break;
    at = next;
  }
  return at;
}

/** What is known of an account with what an export adds; the newer word stands. */
export function mergeIdentity(known: SourceIdentity, found: SourceIdentity): SourceIdentity {
  return { ...known, ...definedFields(found) };
}

/** The identity that a runtime keeps. */
export function identityOf(runtime: RuntimeRecord): SourceIdentity {
  const { accountId, email, name } = runtime.identity;
  return definedFields({
    ...(typeof accountId === "string" ? { accountId } : {}),
    ...(typeof email === "string" ? { email } : {}),
    ...(typeof name === "string" ? { name } : {}),
  });
}

function namedTarget(context: ImportContext, into: RuntimeId, source: string): RuntimeRecord {
  const named = getRuntime(context.storage.configuration, context.user.userId, into);
  if (named === undefined) {
    throw new ChattyError("RUNTIME_NOT_FOUND", `There is no runtime ${JSON.stringify(into)}.`, {
      hint: "`chatty runtimes` lists them; `--into new` makes one.",
    });
  }
  const runtime = joinedRoot(context, named);
  if (runtime.deletedAt !== undefined) throw runtimeDeleted(runtime.runtimeId);
  if (runtime.kind !== "imported") {
    throw new ChattyError(
      "RUNTIME_NOT_IMPORTED",
      `${into} is not an imported runtime; nothing can be merged into it.`,
      {
        hint: "Name an imported runtime, or use `--into new`.",
        where: { runtime: into },
      },
    );
  }
  if (runtime.provider !== source) {
    throw new ChattyError(
      "RUNTIME_SOURCE_DIFFERS",
      `${into} holds conversations of ${runtime.provider ?? "another source"}, and the export is of ${source}.`,
      { hint: "Name a runtime of the same source, or use `--into new`.", where: { runtime: into } },
    );
  }
  return runtime;
}

function runtimesOfAccount(candidates: readonly RuntimeRecord[], identity: SourceIdentity): RuntimeRecord[] {
  const byAccount = candidates.filter(
    (runtime) => identity.accountId !== undefined && identityOf(runtime).accountId === identity.accountId,
  );
  if (byAccount.length > 0) return byAccount;
  const email = identity.email?.toLowerCase();
  return candidates.filter((runtime) => {
    const known = identityOf(runtime);
    return email !== undefined && known.email?.toLowerCase() === email && !differ(known, identity);
  });
}

/** Asks the conversations themselves: first for the account that they name, then whether some runtime has them. */
async function searchData(
  context: ImportContext,
  opened: ExportDigests,
  candidates: readonly RuntimeRecord[],
  signal: AbortSignal | undefined,
): Promise<RuntimeRecord | undefined> {
  let askedAccount = false;
  const turn = new Turn();
  for await (const owners of opened.owners()) {
    for (const { accountId, sourceId } of owners) {
      assertNotAborted(signal);
      if (turn.isOver()) await turn.next();
      const identity = { ...opened.identity, ...(accountId === undefined ? {} : { accountId }) };
      if (accountId !== undefined && !askedAccount) {
        askedAccount = true;
        const ofAccount = livingFirst(context, runtimesOfAccount(candidates, { accountId }));
        if (ofAccount !== undefined) return ofAccount;
      }
      const having = candidates.filter(
        (runtime) => !differ(identityOf(runtime), identity) && hasConversation(context, runtime, sourceId),
      );
      const found = livingFirst(context, having);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function hasConversation(context: ImportContext, runtime: RuntimeRecord, sourceId: string): boolean {
  if (runtime.namespace === undefined) return false;
  const { storage, user } = context;
  const userId: UserId = user.userId;
  return (
    newestReference(storage.configuration, userId, importedSessionId(runtime.namespace, sourceId)) !==
    undefined
  );
}

/** The oldest that is not deleted, else the oldest; joined ones stand for the runtime that they belong to. */
function livingFirst(context: ImportContext, runtimes: readonly RuntimeRecord[]): RuntimeRecord | undefined {
  const roots = runtimes.map((runtime) => joinedRoot(context, runtime));
  return roots.find((runtime) => runtime.deletedAt === undefined) ?? roots[0];
}

/** Two accounts that are both known and not the same. */
function differ(one: SourceIdentity, other: SourceIdentity): boolean {
  return one.accountId !== undefined && other.accountId !== undefined && one.accountId !== other.accountId;
}

function definedFields(identity: SourceIdentity): SourceIdentity {
  return Object.fromEntries(Object.entries(identity).filter(([, value]) => (value as unknown) !== undefined));
}
