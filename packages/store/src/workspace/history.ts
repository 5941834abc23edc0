// What a person did to the configuration: acts, each with the rows it changed as they were before and after.
import type { UserId } from "@chatty/model";
import type { ColumnValue, ConfigurationChange, ConfigurationTable, Row } from "./changes.ts";
import type { ConfigurationReader } from "./connection.ts";
import { integerOf, optionalIntegerOf, textOf } from "./row-values.ts";
import { tables } from "./tables.ts";

/** What an act was done to. */
export type ActSubject = "session" | "runtime" | "construct";

/**
 * One row that an act changed. `before` and `after` are null where the row was absent, and the whole row where the other one is
 * null; else they have only the columns that differ. The user's id is left out everywhere.
 */
export interface RowChange {
  table: ConfigurationTable;
  key: Row;
  before: Row | null;
  after: Row | null;
}

/** An act that is to be done. */
export interface NewAct {
  /** In one word, for people: `rename`, `star`, `home`, `delete`… */
  kind: string;
  subject: ActSubject;
  subjectId: string;
  changes: RowChange[];
  /** Number of the act that this one takes back. */
  undoes?: number;
}

/** An act that was done. */
export interface Act extends NewAct {
  /** Sequence number of its commit. */
  seq: number;
  /** Integer milliseconds UTC. */
  at: number;
}

/** Acts kept of one subject; the oldest make room. */
export const actsKept = 500;

/** Columns that say when a row was written and not what it says. */
const stamps: ReadonlySet<string> = new Set(["updated_at"]);

/** The row of an act. @param stamp number and time of its commit */
export function actChange(
  userId: UserId,
  act: NewAct,
  stamp: { seq: number; at: number },
): ConfigurationChange {
  const { kind, subject, subjectId, changes, undoes } = act;
  return {
    put: "history",
    row: {
      user_id: userId,
      seq: stamp.seq,
      at: stamp.at,
      kind,
      subject,
      subject_id: subjectId,
      changes: JSON.stringify(changes),
      undoes: undoes ?? null,
    },
  };
}

/** Acts done to a subject, the newest first. */
export function listActs(
  reader: ConfigurationReader,
  userId: UserId,
  subject: ActSubject,
  subjectId: string,
): Act[] {
  const sql = `${selectActs} AND subject = ? AND subject_id = ? ORDER BY seq DESC`;
  return reader.all(sql, userId, subject, subjectId).map(actFromRow);
}

/** Acts that came after a time, whatever they were done to, the newest first. */
export function actsAfter(reader: ConfigurationReader, userId: UserId, at: number): Act[] {
  return reader.all(`${selectActs} AND at > ? ORDER BY seq DESC`, userId, at).map(actFromRow);
}

/** The changes that make room for one more act of a subject. */
export function roomForAct(
  reader: ConfigurationReader,
  userId: UserId,
  subject: ActSubject,
  subjectId: string,
): ConfigurationChange[] {
  const sql =
    "SELECT seq FROM history WHERE user_id = ? AND subject = ? AND subject_id = ? ORDER BY seq DESC LIMIT -1 OFFSET ?";
  return reader.all(sql, userId, subject, subjectId, actsKept - 1).map((row) => ({
    delete: "history",
    key: { user_id: userId, seq: integerOf(row, "seq") },
  }));
}

/** What a change makes of its row, compared with what is there; undefined when that is nothing. */
export function rowChangeOf(
  reader: ConfigurationReader,
  userId: UserId,
  change: ConfigurationChange,
): RowChange | undefined {
  const table = "put" in change ? change.put : change.delete;
  const given = "put" in change ? change.row : change.key;
  const key = keyOf(table, given);
  const before = presentRow(reader, userId, table, key);
  const after = "put" in change ? wholeRow(table, change.row) : undefined;
  if (before === undefined || after === undefined) {
    if (before === undefined && after === undefined) return undefined;
    return { table, key, before: before ?? null, after: after ?? null };
  }
  const differing = Object.keys(after).filter((column) => after[column] !== before[column]);
  if (differing.every((column) => stamps.has(column))) return undefined;
  return { table, key, before: pick(before, differing), after: pick(after, differing) };
}

/** A row as it is now, without the user's id. */
export function presentRow(
  reader: ConfigurationReader,
  userId: UserId,
  table: ConfigurationTable,
  key: Row,
): Row | undefined {
  const names = Object.keys(tables[table].columns).filter((column) => column !== "user_id");
  const keys = tables[table].key.filter((column) => column !== "user_id");
  const sql = `SELECT ${names.join(", ")} FROM ${table} WHERE user_id = ?${keys.map((column) => ` AND ${column} = ?`).join("")}`;
  const row = reader.get(sql, userId, ...keys.map((column) => key[column] ?? null));
  return row === undefined ? undefined : { ...row };
}

/**
 * The change that makes a row what it was before.
 * @returns undefined when it is no longer what the act made of it: somebody else changed it since.
 */
export function inverseChange(
  reader: ConfigurationReader,
  userId: UserId,
  { table, key, before, after }: RowChange,
): ConfigurationChange | undefined {
  const present = presentRow(reader, userId, table, key);
  if (!isAs(present, after)) return undefined;
  if (before === null) return { delete: table, key: { user_id: userId, ...key } };
  return { put: table, row: { user_id: userId, ...present, ...before } };
}

/**
 * A row as it was at a time, from what it is and the acts that came after.
 * @param later acts after that time, the newest first; those that did not touch the row are passed over
 */
export function rowBefore(
  present: Row | undefined,
  table: ConfigurationTable,
  key: Row,
  later: readonly Act[],
): Row | undefined {
  let row = present;
  for (const { changes } of later) {
    for (const change of changes) {
      if (change.table !== table || !isSameKey(change.key, key)) continue;
      row = change.before === null ? undefined : { ...row, ...change.before };
    }
  }
  return row;
}

const selectActs =
  "SELECT seq, at, kind, subject, subject_id, changes, undoes FROM history WHERE user_id = ?";

function isAs(present: Row | undefined, after: Row | null): boolean {
  if (after === null || present === undefined) return after === null && present === undefined;
  return Object.keys(after).every((column) => stamps.has(column) || after[column] === present[column]);
}

function isSameKey(left: Row, right: Row): boolean {
  return Object.keys(right).every((column) => left[column] === right[column]);
}

function keyOf(table: ConfigurationTable, row: Row): Row {
  return pick(
    row,
    tables[table].key.filter((column) => column !== "user_id"),
  );
}

function wholeRow(table: ConfigurationTable, row: Row): Row {
  const whole: Row = {};
  for (const [name, { fallback }] of Object.entries(tables[table].columns)) {
    if (name !== "user_id") whole[name] = row[name] ?? fallback ?? null;
  }
  return whole;
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column): [string, ColumnValue] => [column, row[column] ?? null]));
}

function actFromRow(row: Row): Act {
  const undoes = optionalIntegerOf(row, "undoes");
  return {
    seq: integerOf(row, "seq"),
    at: integerOf(row, "at"),
    kind: textOf(row, "kind"),
    subject: textOf(row, "subject") as ActSubject,
    subjectId: textOf(row, "subject_id"),
    changes: JSON.parse(textOf(row, "changes")) as RowChange[],
    ...(undoes === undefined ? {} : { undoes }),
  };
}
