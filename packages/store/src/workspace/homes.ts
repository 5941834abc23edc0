import type { ConstructId, RuntimeId, SessionId, UserId } from "@chatty/model";
import type { ConfigurationChange, Row } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { integerOf, textOf } from "./row-values.ts";

/** The relation of a runtime and its pinned conversation. */
export interface HomeRecord {
  runtimeId: RuntimeId;
  sessionId: SessionId;
  /** The construct whose slug and file name the home has. */
  constructId: ConstructId;
  /** Integer milliseconds UTC. */
  setAt: number;
}

const selectHomes =
  "SELECT h.runtime_id, h.session_id, h.construct_id, h.set_at FROM homes h WHERE h.user_id = ?";

/** Every home of a user, by runtime. */
export function listHomes(reader: ConfigurationReader, userId: UserId): Map<RuntimeId, HomeRecord> {
  const homes = reader.all(`${selectHomes} ORDER BY h.runtime_id`, userId).map(homeFromRow);
  return new Map(homes.map((home) => [home.runtimeId, home]));
}

/** The home of a runtime. */
export function homeOfRuntime(
  reader: ConfigurationReader,
  userId: UserId,
  runtimeId: RuntimeId,
): HomeRecord | undefined {
  return reader.all(`${selectHomes} AND h.runtime_id = ?`, userId, runtimeId).map(homeFromRow)[0];
}

/** The home that a session is; undefined for every other session. */
export function homeOfSession(
  reader: ConfigurationReader,
  userId: UserId,
  sessionId: SessionId,
): HomeRecord | undefined {
  const sql = `${selectHomes} AND h.session_id = ? ORDER BY h.set_at, h.runtime_id`;
  return reader.all(sql, userId, sessionId).map(homeFromRow)[0];
}

/** The home that has a construct's slug: of several, that of a runtime that is not deleted, the oldest one. */
export function homeOfConstruct(
  reader: ConfigurationReader,
  userId: UserId,
  constructId: ConstructId,
): HomeRecord | undefined {
  const sql =
    "SELECT h.runtime_id, h.session_id, h.construct_id, h.set_at FROM homes h " +
    "LEFT JOIN runtimes r ON r.user_id = h.user_id AND r.runtime_id = h.runtime_id " +
    "WHERE h.user_id = ? AND h.construct_id = ? " +
    "ORDER BY r.deleted_at IS NOT NULL, r.created_at, h.runtime_id LIMIT 1";
  return reader.all(sql, userId, constructId).map(homeFromRow)[0];
}

/** Makes a session the home of its runtime; the former home is a session like any other from then on. */
export function homeChange(userId: UserId, home: HomeRecord): ConfigurationChange {
  return {
    put: "homes",
    row: {
      user_id: userId,
      runtime_id: home.runtimeId,
      session_id: home.sessionId,
      construct_id: home.constructId,
      set_at: home.setAt,
    },
  };
}

function homeFromRow(row: Row): HomeRecord {
  return {
    runtimeId: textOf(row, "runtime_id") as RuntimeId,
    sessionId: textOf(row, "session_id") as SessionId,
    constructId: textOf(row, "construct_id") as ConstructId,
    setAt: integerOf(row, "set_at"),
  };
}
