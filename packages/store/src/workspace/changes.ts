import type { JsonValue } from "@chatty/model";

/** Value of a column, as SQLite keeps it. */
export type ColumnValue = string | number | null;

/** A row by column name. */
export type Row = Record<string, ColumnValue>;

/** The truth tables of the configuration, which change through the commit log or in a transaction of their own. */
export type ConfigurationTable =
  | "users"
  | "gpts"
  | "gpt_files"
  | "gpt_actions"
  | "gpt_versions"
  | "runtimes"
  | "homes"
  | "stars"
  | "aliases"
  | "overlays"
  | "imports"
  | "drafts"
  | "places"
  | "settings"
  | "secrets"
  | "history"
  | "purges";

/**
 * A change of one row. A put replaces the whole row with the same primary key or inserts it, so that applying a change
 * twice changes nothing; a delete of an absent row does nothing.
 */
export type ConfigurationChange =
  | { put: ConfigurationTable; row: Row }
  | { delete: ConfigurationTable; key: Row };

/** JSON text for a column. */
export function jsonColumn(value: JsonValue): string {
  return JSON.stringify(value);
}
