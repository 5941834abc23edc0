import { ChattyError } from "@chatty/model";
import type { ColumnValue, ConfigurationChange, ConfigurationTable, Row } from "./changes.ts";

/** What a column may hold. JSON is text that parses. */
export interface Column {
  type: "text" | "integer" | "json";
  nullable: boolean;
  /** Value of a column that a put leaves out; without one it must be given. */
  fallback?: ColumnValue;
}

/** What a change may touch. Every name that reaches SQL comes from here. */
export interface Table {
  /** Columns of the primary key; the first is `user_id`. */
  key: readonly string[];
  columns: Readonly<Record<string, Column>>;
}

const text: Column = { type: "text", nullable: false };
const optionalText: Column = { type: "text", nullable: true, fallback: null };
const integer: Column = { type: "integer", nullable: false };
const optionalInteger: Column = { type: "integer", nullable: true, fallback: null };
const json: Column = { type: "json", nullable: false };
const jsonObject: Column = { type: "json", nullable: false, fallback: "{}" };
const optionalJson: Column = { type: "json", nullable: true, fallback: null };
const flagOff: Column = { type: "integer", nullable: false, fallback: 0 };
const flagOn: Column = { type: "integer", nullable: false, fallback: 1 };

/** The truth tables. A test holds them against the database that the migrations make. */
export const tables: Readonly<Record<ConfigurationTable, Table>> = {
  users: {
    key: ["user_id"],
    columns: {
      user_id: text,
      username: text,
      shard: text,
      created_at: integer,
      updated_at: integer,
      preferences: jsonObject,
      metadata: jsonObject,
    },
  },
  gpts: {
    key: ["user_id", "id"],
    columns: {
      user_id: text,
      id: text,
      name: text,
      description: optionalText,
      instructions: optionalText,
      conversation_starters: optionalJson,
      avatar: optionalText,
      capabilities: optionalJson,
      construct_callsign: text,
      model_id: text,
      is_active: flagOff,
      created_at: integer,
      updated_at: integer,
      conversation_model: optionalText,
      creative_model: optionalText,
      coding_model: optionalText,
      orchestration_mode: { type: "text", nullable: false, fallback: "lin" },
    },
  },
  gpt_files: {
    key: ["user_id", "id"],
    columns: {
      user_id: text,
      id: text,
      gpt_id: text,
      filename: text,
      original_name: text,
      mime_type: text,
      size: integer,
      content: text,
      extracted_text: optionalText,
      metadata: optionalJson,
      uploaded_at: integer,
      is_active: flagOn,
    },
  },
  gpt_actions: {
    key: ["user_id", "id"],
    columns: {
      user_id: text,
      id: text,
      gpt_id: text,
      name: text,
      description: optionalText,
      url: text,
      method: { type: "text", nullable: false, fallback: "GET" },
      headers: optionalJson,
      parameters: optionalJson,
      is_active: flagOn,
      created_at: integer,
    },
  },
  gpt_versions: {
    key: ["user_id", "id"],
    columns: {
      user_id: text,
      id: integer,
      gpt_id: text,
      version: integer,
      snapshot: json,
      created_at: integer,
    },
  },
  runtimes: {
    key: ["user_id", "runtime_id"],
    columns: {
      user_id: text,
      runtime_id: text,
      name: text,
      kind: text,
      provider: optionalText,
      default_construct_id: text,
      mode: text,
      namespace: optionalText,
      identity: jsonObject,
      created_at: integer,
      updated_at: integer,
      deleted_at: optionalInteger,
      joined_into: optionalText,
    },
  },
  homes: {
    key: ["user_id", "runtime_id"],
    columns: { user_id: text, runtime_id: text, session_id: text, construct_id: text, set_at: integer },
  },
  stars: {
    key: ["user_id", "session_id"],
    columns: { user_id: text, session_id: text, starred_at: integer },
  },
  aliases: {
    key: ["user_id", "kind", "alias"],
    columns: { user_id: text, kind: text, alias: text, target: text, created_at: integer },
  },
  overlays: {
    key: ["user_id", "session_id"],
    columns: {
      user_id: text,
      session_id: text,
      title: optionalText,
      archived_at: optionalInteger,
      deleted_at: optionalInteger,
      updated_at: integer,
    },
  },
  imports: {
    key: ["user_id", "import_id"],
    columns: {
      user_id: text,
      import_id: text,
      archive_sha256: text,
      archive_name: text,
      archive_bytes: integer,
      source: optionalText,
      runtime_id: optionalText,
      reader_version: optionalText,
      status: text,
      ordinal: optionalInteger,
      superseded_by: optionalText,
      started_at: integer,
      finished_at: optionalInteger,
      receipt: optionalJson,
    },
  },
  drafts: {
    key: ["user_id", "session_id"],
    columns: { user_id: text, session_id: text, text, updated_at: integer },
  },
  places: {
    key: ["user_id", "session_id"],
    columns: {
      user_id: text,
      session_id: text,
      anchor_id: optionalText,
      through_id: optionalText,
      updated_at: integer,
    },
  },
  settings: { key: ["user_id", "key"], columns: { user_id: text, key: text, value: json } },
  secrets: { key: ["user_id", "key"], columns: { user_id: text, key: text, value: text } },
  history: {
    key: ["user_id", "seq"],
    columns: {
      user_id: text,
      seq: integer,
      at: integer,
      kind: text,
      subject: text,
      subject_id: text,
      changes: json,
      undoes: optionalInteger,
    },
  },
  purges: {
    key: ["user_id", "subject", "subject_id"],
    columns: { user_id: text, subject: text, subject_id: text, asked_at: integer },
  },
};

/** Tables of `chatty.db` that hold nothing of their own: `chatty rebuild` makes them again. */
export const derivedTableNames = [
  "import_references",
  "import_attachments",
  "transcripts",
  "import_views",
] as const;

/** Tables that belong to the database itself and to no user. */
export const bookkeepingTableNames = ["migrations", "log_state", "durable_marks"] as const;

/** A change as SQL with its values. */
export interface ChangeStatement {
  sql: string;
  values: ColumnValue[];
}

const putSql = new Map<ConfigurationTable, string>();
const deleteSql = new Map<ConfigurationTable, string>();

for (const name of Object.keys(tables) as ConfigurationTable[]) {
  const { key, columns } = tables[name];
  const names = Object.keys(columns);
  const others = names.filter((column) => !key.includes(column));
  // Never INSERT OR REPLACE: that deletes the old row first, and with it everything that refers to it.
  putSql.set(
    name,
    `INSERT INTO ${name} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")}) ` +
      `ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${others.map((column) => `${column} = excluded.${column}`).join(", ")}`,
  );
  deleteSql.set(name, `DELETE FROM ${name} WHERE ${key.map((column) => `${column} = ?`).join(" AND ")}`);
}

/**
 * Checks a change against the registry and gives its SQL. Whether the database takes it is another question.
 * @throws {ChattyError} CONFIGURATION_CHANGE_INVALID for an unknown table or column, a missing or mistyped value.
 */
export function statementFromChange(change: ConfigurationChange): ChangeStatement {
  const isPut = "put" in change;
  const name = isPut ? change.put : change.delete;
  const row = isPut ? change.row : change.key;
  const table = Object.hasOwn(tables, name) ? tables[name] : undefined;
  const sql = (isPut ? putSql : deleteSql).get(name);
  if (table === undefined || sql === undefined)
    throw invalid(`There is no table ${JSON.stringify(name)}`, String(name));
  const wanted = isPut ? Object.keys(table.columns) : table.key;
  const stranger = Object.keys(row).find((column) => !wanted.includes(column));
  if (stranger !== undefined) {
    throw invalid(
      `${isPut ? "The table" : "The key of"} ${name} has no column ${JSON.stringify(stranger)}`,
      name,
    );
  }
  return { sql, values: wanted.map((column) => checkedValue(name, table, row, column)) };
}

function checkedValue(name: string, table: Table, row: Row, columnName: string): ColumnValue {
  const column = table.columns[columnName];
  const value = row[columnName] ?? (Object.hasOwn(row, columnName) ? null : column?.fallback);
  const place = `${name}.${columnName}`;
  if (column === undefined || value === undefined) throw invalid(`${place} is missing`, name);
  if (value === null) {
    if (column.nullable) return null;
    throw invalid(`${place} must not be null`, name);
  }
  if (column.type === "integer") {
    if (!Number.isSafeInteger(value)) throw invalid(`${place} must be an integer`, name);
    return value;
  }
  if (typeof value !== "string") throw invalid(`${place} must be text`, name);
  // SQLite keeps UTF-8, which has no lone surrogates: they would silently turn into another character.
  if (!value.isWellFormed()) throw invalid(`${place} must be well-formed Unicode`, name);
  if (column.type === "json") assertJson(value, place, name);
  return value;
}

function assertJson(value: string, place: string, name: string): void {
  try {
    JSON.parse(value);
  } catch (cause) {
    throw invalid(`${place} must be JSON`, name, cause);
  }
}

function invalid(message: string, table: string, cause?: unknown): ChattyError {
  return new ChattyError("CONFIGURATION_CHANGE_INVALID", `${message}.`, {
    hint: "Nothing was changed. docs/formats/configuration.md lists every table and column.",
    where: { table },
    cause,
  });
}
