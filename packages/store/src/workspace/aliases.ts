import { homeSlug, isUuid } from "@chatty/model";
import type { ConstructId, RuntimeId, SessionId, UserId } from "@chatty/model";
import type { ConfigurationChange } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { homeOfConstruct, homeOfSession } from "./homes.ts";
import { textOf } from "./row-values.ts";
import { getRuntime, isConstruct, runtimesOfConstruct } from "./runtimes.ts";

/** What an alias stands for. */
export type AliasKind = "session" | "runtime" | "construct";

/** `{construct}_chat_with_{construct}` or `chat_with_{construct}`, each with or without `.md`. */
const homePattern = /^(?:([a-z0-9-]+)_)?chat_with_([a-z0-9-]+?)(?:\.md)?$/;
/** A callsign whose number an older program appended once more. */
const doubledPattern = /^(.+-([0-9]{3}))-\2$/;

/** The form in which names are compared and aliases are kept. */
export function aliasKey(name: string): string {
  return name.toLowerCase();
}

/**
 * The session that a name stands for: a session id, a home's slug or file name, a stored alias; in any case of letters.
 * A session id comes back as it is, because whether there is such a session is not known here.
 */
export function resolveSession(
  reader: ConfigurationReader,
  userId: UserId,
  name: string,
): SessionId | undefined {
  const key = aliasKey(name);
  if (isUuid(key)) return key as SessionId;
  const constructId = constructFromHomeName(reader, userId, key);
  // The slug follows the relation: it always means the session that is the home now.
  const home = constructId === undefined ? undefined : homeOfConstruct(reader, userId, constructId);
  return home?.sessionId ?? (storedTarget(reader, userId, "session", key) as SessionId | undefined);
}

/**
 * The runtime that a name stands for: its id, a stored alias, or any spelling of its default construct.
 * A runtime that was joined into another one stands for that one; deleted runtimes are found as well.
 */
export function resolveRuntime(
  reader: ConfigurationReader,
  userId: UserId,
  name: string,
): RuntimeId | undefined {
  const key = aliasKey(name) as RuntimeId;
  if (getRuntime(reader, userId, key) !== undefined) return followJoins(reader, userId, key);
  const alias = storedTarget(reader, userId, "runtime", key);
  if (alias !== undefined) return followJoins(reader, userId, alias as RuntimeId);
  const constructId = resolveConstruct(reader, userId, key);
  if (constructId === undefined) return undefined;
  const runtime = runtimesOfConstruct(reader, userId, constructId)[0];
  return runtime === undefined ? undefined : followJoins(reader, userId, runtime.runtimeId);
}

/**
 * The construct that a name stands for: its callsign, once or doubled (`synth-001-001`), a stored alias,
 * the id of a runtime whose default construct it is, or the callsign without its `-001`.
 */
export function resolveConstruct(
  reader: ConfigurationReader,
  userId: UserId,
  name: string,
): ConstructId | undefined {
  for (let key: string | undefined = aliasKey(name); key !== undefined; key = doubledPattern.exec(key)?.[1]) {
    if (isConstruct(reader, userId, key)) return key as ConstructId;
    const alias = storedTarget(reader, userId, "construct", key);
    if (alias !== undefined) return alias as ConstructId;
    const runtime = getRuntime(reader, userId, key as RuntimeId);
    if (runtime !== undefined) return runtime.constructId;
    if (isConstruct(reader, userId, `${key}-001`)) return `${key}-001` as ConstructId;
  }
  return undefined;
}

/** Every other name that finds a session: a home's slug and file name first, then stored aliases by age. */
export function aliasesOfSession(
  reader: ConfigurationReader,
  userId: UserId,
  sessionId: SessionId,
): string[] {
  const home = homeOfSession(reader, userId, sessionId);
  const stored = storedAliases(reader, userId, "session", sessionId);
  if (home === undefined) return stored;
  const { constructId } = home;
  if (homeOfConstruct(reader, userId, constructId)?.sessionId !== sessionId) return stored;
  const spellings = [homeSlug(constructId), `chat_with_${constructId}`, `chat_with_${constructId}.md`];
  return [...spellings, ...stored.filter((alias) => !spellings.includes(alias))];
}

/** The aliases that were stored for a session, runtime or construct, by age. */
export function storedAliases(
  reader: ConfigurationReader,
  userId: UserId,
  kind: AliasKind,
  target: string,
): string[] {
  const sql =
    "SELECT alias FROM aliases WHERE user_id = ? AND kind = ? AND target = ? ORDER BY created_at, alias";
  return reader.all(sql, userId, kind, target).map((row) => textOf(row, "alias"));
}

/** Stores an alias, in the form in which names are compared. */
export function aliasChange(
  userId: UserId,
  kind: AliasKind,
  alias: string,
  target: string,
  nowMs: number,
): ConfigurationChange {
  return {
    put: "aliases",
    row: { user_id: userId, kind, alias: aliasKey(alias), target, created_at: nowMs },
  };
}

/** Takes an alias away. */
export function aliasRemoval(userId: UserId, kind: AliasKind, alias: string): ConfigurationChange {
  return { delete: "aliases", key: { user_id: userId, kind, alias: aliasKey(alias) } };
}

function constructFromHomeName(
  reader: ConfigurationReader,
  userId: UserId,
  key: string,
): ConstructId | undefined {
  const match = homePattern.exec(key);
  if (match === null) return undefined;
  const [, before, after = ""] = match;
  const constructId = resolveConstruct(reader, userId, after);
  if (before !== undefined && resolveConstruct(reader, userId, before) !== constructId) return undefined;
  return constructId;
}

function storedTarget(
  reader: ConfigurationReader,
  userId: UserId,
  kind: AliasKind,
  key: string,
): string | undefined {
  const sql = "SELECT target FROM aliases WHERE user_id = ? AND kind = ? AND alias = ?";
  return reader.all(sql, userId, kind, key).map((row) => textOf(row, "target"))[0];
}

function followJoins(reader: ConfigurationReader, userId: UserId, from: RuntimeId): RuntimeId | undefined {
  const seen = new Set<string>();
  for (let runtimeId = from; ;) {
    // A ring of joins, which only a damaged configuration has, ends where it began.
    if (seen.has(runtimeId)) return from;
    seen.add(runtimeId);
    const runtime = getRuntime(reader, userId, runtimeId);
    if (runtime === undefined) return undefined;
    if (runtime.joinedInto === undefined) return runtimeId;
    runtimeId = runtime.joinedInto;
  }
}
