// Secrets stand apart from settings: no list gives them, and nothing that is written anywhere else contains them. They change alone
// and never through the commit log, which would keep a copy.
import type { UserId } from "@chatty/model";
import type { ConfigurationChange } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { textOf } from "./row-values.ts";

/** One secret; undefined when there is none of that key. */
export function getSecret(reader: ConfigurationReader, userId: UserId, key: string): string | undefined {
  const sql = "SELECT value FROM secrets WHERE user_id = ? AND key = ?";
  return reader.all(sql, userId, key).map((row) => textOf(row, "value"))[0];
}

/** Keeps a secret, or removes it. For `applyAlone` only. */
export function secretChange(userId: UserId, key: string, value: string | undefined): ConfigurationChange {
  if (value === undefined) return { delete: "secrets", key: { user_id: userId, key } };
  return { put: "secrets", row: { user_id: userId, key, value } };
}
