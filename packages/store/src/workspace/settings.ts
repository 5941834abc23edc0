import type { JsonValue, RuntimeId, UserId } from "@chatty/model";
import type { ConfigurationChange } from "./changes.ts";
import { jsonColumn } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { jsonOf, textOf } from "./row-values.ts";

/** Key of the setting that holds the id of the active runtime. */
export const activeRuntimeKey = "active_runtime";

/** What the keys begin with under which the conversation is kept that a person was in, with the runtime's id behind it. */
export const activeSessionPrefix = "active_session:";

/** What the keys begin with under which a conversation keeps whether others are recalled in it, with the session's id behind it. */
export const recallOfPrefix = "recall.of:";

/** True for the keys that Chatty keeps for itself. */
export function isOwnKey(key: string): boolean {
  return key === activeRuntimeKey || key.startsWith(activeSessionPrefix);
}

/** One setting; undefined when it was never set. */
export function getSetting(reader: ConfigurationReader, userId: UserId, key: string): JsonValue | undefined {
  const row = reader.get("SELECT value FROM settings WHERE user_id = ? AND key = ?", userId, key);
  return row === undefined ? undefined : jsonOf(row, "value");
}

/** Every setting of a user by key. */
export function listSettings(reader: ConfigurationReader, userId: UserId): Map<string, JsonValue> {
  const rows = reader.all("SELECT key, value FROM settings WHERE user_id = ? ORDER BY key", userId);
  return new Map(rows.map((row) => [textOf(row, "key"), jsonOf(row, "value") ?? null]));
}

/** Id of the active runtime; undefined for a user who was never seeded. */
export function activeRuntimeId(reader: ConfigurationReader, userId: UserId): RuntimeId | undefined {
  const value = getSetting(reader, userId, activeRuntimeKey);
  return typeof value === "string" ? (value as RuntimeId) : undefined;
}

/** Sets a setting. */
export function settingChange(userId: UserId, key: string, value: JsonValue): ConfigurationChange {
  return { put: "settings", row: { user_id: userId, key, value: jsonColumn(value) } };
}

/** Takes a setting away. */
export function settingRemoval(userId: UserId, key: string): ConfigurationChange {
  return { delete: "settings", key: { user_id: userId, key } };
}
