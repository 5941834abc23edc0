import type { JsonObject, UserId } from "@chatty/model";
import type { ConfigurationChange, Row } from "./changes.ts";
import { jsonColumn } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { integerOf, jsonObjectOf, textOf } from "./row-values.ts";

/** A user as the configuration knows them. Times are integer milliseconds UTC. */
export interface UserRecord {
  userId: UserId;
  username: string;
  /** Folder above the user's; stored, never recomputed. */
  shard: string;
  createdAt: number;
  updatedAt: number;
  preferences: JsonObject;
  metadata: JsonObject;
}

const selectUsers =
  "SELECT user_id, username, shard, created_at, updated_at, preferences, metadata FROM users";

/** Every user, oldest first. The only query that looks past one user: whoever opens the vault needs it to find handles. */
export function listUsers(reader: ConfigurationReader): UserRecord[] {
  return reader.all(`${selectUsers} ORDER BY created_at, user_id`).map(userFromRow);
}

/** One user; undefined when there is none. */
export function getUser(reader: ConfigurationReader, userId: UserId): UserRecord | undefined {
  const row = reader.get(`${selectUsers} WHERE user_id = ?`, userId);
  return row === undefined ? undefined : userFromRow(row);
}

/** Writes a user's row, whole. */
export function userChange(user: UserRecord): ConfigurationChange {
  return {
    put: "users",
    row: {
      user_id: user.userId,
      username: user.username,
      shard: user.shard,
      created_at: user.createdAt,
      updated_at: user.updatedAt,
      preferences: jsonColumn(user.preferences),
      metadata: jsonColumn(user.metadata),
    },
  };
}

function userFromRow(row: Row): UserRecord {
  return {
    userId: textOf(row, "user_id") as UserId,
    username: textOf(row, "username"),
    shard: textOf(row, "shard"),
    createdAt: integerOf(row, "created_at"),
    updatedAt: integerOf(row, "updated_at"),
    preferences: jsonObjectOf(row, "preferences"),
    metadata: jsonObjectOf(row, "metadata"),
  };
}
