import { ChattyError } from "@chatty/model";
import type { ConstructId, JsonObject, RuntimeId, UserId } from "@chatty/model";
import { parseConstructId, parseRuntimeId, slugFromText } from "@chatty/model";
import type { ConfigurationChange, Row } from "./changes.ts";
import { jsonColumn } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { integerOf, jsonObjectOf, optionalIntegerOf, optionalTextOf, textOf } from "./row-values.ts";

/** A runtime as the configuration knows it. Times are integer milliseconds UTC. */
export interface RuntimeRecord {
  runtimeId: RuntimeId;
  name: string;
  kind: "core" | "imported" | "custom";
  /** Lower-case source name, for imported runtimes. */
  provider: string | undefined;
  /** The default construct. */
  constructId: ConstructId;
  mode: "synth" | "lin";
  /** UUID from which the ids of imported sessions and nodes are made; fixed at the first import. */
  namespace: string | undefined;
  /** Whose account it is, as far as its exports say. */
  identity: JsonObject;
  createdAt: number;
  updatedAt: number;
  deletedAt: number | undefined;
  /** The runtime that this one belongs to since it was joined. */
  joinedInto: RuntimeId | undefined;
}

/** What to change about a runtime; what is left out stays. */
export interface RuntimeEdit {
  name?: string;
  identity?: JsonObject;
  /** Null brings it back. */
  deletedAt?: number | null;
  joinedInto?: RuntimeId | null;
}

const selectRuntimes =
  "SELECT runtime_id, name, kind, provider, default_construct_id, mode, namespace, identity, created_at, updated_at, " +
  "deleted_at, joined_into FROM runtimes WHERE user_id = ?";

/** Runtimes, the core ones first, then by age. Without deleted and joined ones unless `all` is set. */
export function listRuntimes(
  reader: ConfigurationReader,
  userId: UserId,
  options: { all?: boolean } = {},
): RuntimeRecord[] {
  const order =
    "ORDER BY kind <> 'core', CASE runtime_id WHEN 'synth' THEN 0 ELSE 1 END, created_at, runtime_id";
  const visible = options.all === true ? "" : "AND deleted_at IS NULL AND joined_into IS NULL ";
  return reader.all(`${selectRuntimes} ${visible}${order}`, userId).map(runtimeFromRow);
}

/** One runtime by its exact id, deleted ones included. */
export function getRuntime(
  reader: ConfigurationReader,
  userId: UserId,
  runtimeId: RuntimeId,
): RuntimeRecord | undefined {
  return reader.all(`${selectRuntimes} AND runtime_id = ?`, userId, runtimeId).map(runtimeFromRow)[0];
}

/** The runtimes whose default construct is `constructId`: those not deleted first, then by age. */
export function runtimesOfConstruct(
  reader: ConfigurationReader,
  userId: UserId,
  constructId: ConstructId,
): RuntimeRecord[] {
  const sql = `${selectRuntimes} AND default_construct_id = ? ORDER BY deleted_at IS NOT NULL, created_at, runtime_id`;
  return reader.all(sql, userId, constructId).map(runtimeFromRow);
}

/** Imported runtimes of a provider, deleted ones included, by age: the candidates that a new export may belong to. */
export function runtimesOfProvider(
  reader: ConfigurationReader,
  userId: UserId,
  provider: string,
): RuntimeRecord[] {
  const sql = `${selectRuntimes} AND provider = ? ORDER BY created_at, runtime_id`;
  return reader.all(sql, userId, provider).map(runtimeFromRow);
}

/** The runtime itself and every runtime that was joined into it, directly or through another; the oldest first. */
export function runtimeWithJoined(
  reader: ConfigurationReader,
  userId: UserId,
  runtimeId: RuntimeId,
): RuntimeRecord[] {
  const every = listRuntimes(reader, userId, { all: true });
  const members = new Set<string>([runtimeId]);
  for (let size = 0; size !== members.size;) {
    size = members.size;
    for (const runtime of every) {
      if (runtime.joinedInto !== undefined && members.has(runtime.joinedInto)) members.add(runtime.runtimeId);
    }
  }
  return every.filter((runtime) => members.has(runtime.runtimeId));
}

/**
 * The first free runtime id: `base`, then `base-2`, `base-3`… Ids of deleted runtimes, of constructs that such a runtime
 * would need, and aliases stay taken, so that no old link ever leads somewhere else.
 * @param base any text, made into a slug; `{provider}-{handle}` for imported runtimes.
 */
export function nextRuntimeId(reader: ConfigurationReader, userId: UserId, base: string): RuntimeId {
  const slug = slugFromText(base) || "runtime";
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? slug : `${slug}-${number}`;
    const sql =
      "SELECT 1 AS taken FROM runtimes WHERE user_id = ? AND runtime_id = ? " +
      "UNION ALL SELECT 1 FROM aliases WHERE user_id = ? AND kind = 'runtime' AND alias = ?";
    if (reader.get(sql, userId, candidate, userId, candidate) !== undefined) continue;
    if (isConstructTaken(reader, userId, `${candidate}-001`)) continue;
    return parseRuntimeId(candidate);
  }
}

/**
 * The first free callsign of a name: `{slug}-001`, then `-002`…
 * @throws {ChattyError} CALLSIGNS_USED_UP after `-999`.
 */
export function nextCallsign(reader: ConfigurationReader, userId: UserId, name: string): ConstructId {
  const slug = slugFromText(name) || "construct";
  for (let number = 1; number <= 999; number += 1) {
    const candidate = `${slug}-${String(number).padStart(3, "0")}`;
    if (!isConstructTaken(reader, userId, candidate)) return parseConstructId(candidate);
  }
  throw new ChattyError("CALLSIGNS_USED_UP", `All 999 callsigns of ${JSON.stringify(slug)} are taken.`, {
    hint: "Choose another name.",
  });
}

/** Writes a runtime's row, whole. */
export function runtimeChange(userId: UserId, runtime: RuntimeRecord): ConfigurationChange {
  return {
    put: "runtimes",
    row: {
      user_id: userId,
      runtime_id: runtime.runtimeId,
      name: runtime.name,
      kind: runtime.kind,
      provider: runtime.provider ?? null,
      default_construct_id: runtime.constructId,
      mode: runtime.mode,
      namespace: runtime.namespace ?? null,
      identity: jsonColumn(runtime.identity),
      created_at: runtime.createdAt,
      updated_at: runtime.updatedAt,
      deleted_at: runtime.deletedAt ?? null,
      joined_into: runtime.joinedInto ?? null,
    },
  };
}

/**
 * Changes a runtime.
 * @throws {ChattyError} RUNTIME_NOT_FOUND; RUNTIME_IS_CORE when a core runtime would be deleted or joined.
 */
export function runtimeEditChanges(
  reader: ConfigurationReader,
  userId: UserId,
  runtimeId: RuntimeId,
  edit: RuntimeEdit,
  nowMs: number,
): ConfigurationChange[] {
  const before = getRuntime(reader, userId, runtimeId);
  if (before === undefined) {
    throw new ChattyError("RUNTIME_NOT_FOUND", `There is no runtime ${JSON.stringify(runtimeId)}.`, {
      hint: "`chatty runtimes` lists them.",
    });
  }
  const removes = typeof edit.deletedAt === "number" || typeof edit.joinedInto === "string";
  if (before.kind === "core" && removes) {
    throw new ChattyError("RUNTIME_IS_CORE", `${before.name} belongs to Chatty and cannot be taken away.`, {
      hint: "Imported and custom runtimes can be deleted and joined.",
    });
  }
  const after: RuntimeRecord = {
    ...before,
    name: edit.name ?? before.name,
    identity: edit.identity ?? before.identity,
    deletedAt: edit.deletedAt === undefined ? before.deletedAt : (edit.deletedAt ?? undefined),
    joinedInto: edit.joinedInto === undefined ? before.joinedInto : (edit.joinedInto ?? undefined),
    updatedAt: nowMs,
  };
  return [runtimeChange(userId, after)];
}

/** True for the exact callsign of a construct, or of a runtime's default construct. */
export function isConstruct(reader: ConfigurationReader, userId: UserId, constructId: string): boolean {
  const sql =
    "SELECT 1 AS found FROM gpts WHERE user_id = ? AND construct_callsign = ? " +
    "UNION ALL SELECT 1 FROM runtimes WHERE user_id = ? AND default_construct_id = ?";
  return reader.get(sql, userId, constructId, userId, constructId) !== undefined;
}

/** True for a callsign that no new construct may have: a construct has it, or it is an alias of one. */
export function isConstructTaken(reader: ConfigurationReader, userId: UserId, constructId: string): boolean {
  const sql = "SELECT 1 AS found FROM aliases WHERE user_id = ? AND kind = 'construct' AND alias = ?";
  return isConstruct(reader, userId, constructId) || reader.get(sql, userId, constructId) !== undefined;
}

function runtimeFromRow(row: Row): RuntimeRecord {
  return {
    runtimeId: textOf(row, "runtime_id") as RuntimeId,
    name: textOf(row, "name"),
    kind: textOf(row, "kind") as RuntimeRecord["kind"],
    provider: optionalTextOf(row, "provider"),
    constructId: textOf(row, "default_construct_id") as ConstructId,
    mode: textOf(row, "mode") as RuntimeRecord["mode"],
    namespace: optionalTextOf(row, "namespace"),
    identity: jsonObjectOf(row, "identity"),
    createdAt: integerOf(row, "created_at"),
    updatedAt: integerOf(row, "updated_at"),
    deletedAt: optionalIntegerOf(row, "deleted_at"),
    joinedInto: optionalTextOf(row, "joined_into") as RuntimeId | undefined,
  };
}
