import { hash } from "node:crypto";
import type { ColumnValue, ConfigurationChange, Row } from "../../workspace/changes.ts";
import type { Configuration, DurableMark } from "../../workspace/database.ts";
import { statementFromChange, tables } from "../../workspace/tables.ts";
import { answerQuery } from "./simple-query.ts";

/** What the configuration holds at one moment. Never changed: the next moment is another state. */
export interface ConfigurationState {
  /** JSON of each row by table and key. */
  readonly rows: ReadonlyMap<string, string>;
  readonly appliedSeq: number;
  readonly checkpointSeq: number;
  readonly marks: ReadonlyMap<string, DurableMark>;
}

export const emptyConfiguration: ConfigurationState = {
  rows: new Map(),
  appliedSeq: -1,
  checkpointSeq: -1,
  marks: new Map(),
};

export interface SimulatedConfigurationOptions {
  /** Told of every commit. @param durable false for one that a power cut may take back, with all behind it. */
  record?: (state: ConfigurationState, durable: boolean) => void;
  /** False plants a fault: checkpoints are then no more durable than groups. */
  durableCheckpoints?: boolean;
}

/** A configuration in memory that behaves as the database does: atomic, and durable at the same moments. */
export interface SimulatedConfiguration extends Configuration {
  readonly state: ConfigurationState;
}

/** A copy for a backup. */
export function configurationText(state: ConfigurationState): string {
  return JSON.stringify({ ...state, rows: [...state.rows], marks: [...state.marks] });
}

/** Reads what {@link configurationText} wrote. */
export function configurationFromText(text: string): ConfigurationState {
  const copy = JSON.parse(text) as Omit<ConfigurationState, "rows" | "marks"> & {
    rows: [string, string][];
    marks: [string, DurableMark][];
  };
  return { ...copy, rows: new Map(copy.rows), marks: new Map(copy.marks) };
}

const keys = new WeakMap<ConfigurationState, string>();

/** A hash of everything in a state; the same for the same content. */
export function configurationKey(state: ConfigurationState): string {
  let key = keys.get(state);
  if (key === undefined) {
    const marks = [...state.marks.values()].map(({ path, length, seq }) => `${path}:${length}:${seq}`);
    const text = [
      `${state.appliedSeq} ${state.checkpointSeq}`,
      ...[...state.rows].map(([place, row]) => `${place}=${row}`).sort(),
      ...marks.sort(),
    ].join("\n");
    key = hash("sha1", text, "base64");
    keys.set(state, key);
  }
  return key;
}

/** Opens a configuration on what a run, or a crash, has left. */
export function simulatedConfiguration(
  from: ConfigurationState,
  options: SimulatedConfigurationOptions = {},
): SimulatedConfiguration {
  let state = from;
  const commit = (next: ConfigurationState, durable: boolean): void => {
    state = next;
    options.record?.(next, durable);
  };
  return {
    path: "/simulated/chatty.db",
    get state() {
      return state;
    },
    get: (sql, ...values) => answerQuery(state, sql, values)[0],
    all: (sql, ...values) => answerQuery(state, sql, values),
    iterate: (sql, ...values) => answerQuery(state, sql, values)[Symbol.iterator](),
    applyGroup(seq, changes) {
      if (seq <= state.appliedSeq) return false;
      commit({ ...state, rows: rowsWith(state.rows, changes), appliedSeq: seq }, false);
      return true;
    },
    applyAlone(changes) {
      commit({ ...state, rows: rowsWith(state.rows, changes) }, true);
    },
    rehearse(changes) {
      rowsWith(state.rows, changes);
    },
    appliedSeq: () => state.appliedSeq,
    checkpointSeq: () => state.checkpointSeq,
    setCheckpoint(seq, marks, gonePaths = []) {
      if (seq < state.checkpointSeq) throw new TypeError("A checkpoint cannot go back.");
      const next = new Map(state.marks);
      for (const gone of gonePaths) next.delete(gone);
      for (const mark of marks) next.set(mark.path, mark);
      commit(
        { ...state, appliedSeq: Math.max(state.appliedSeq, seq), checkpointSeq: seq, marks: next },
        options.durableCheckpoints !== false,
      );
    },
    mark: (path) => state.marks.get(path),
    marks: () => [...state.marks.values()].sort((one, other) => (one.path < other.path ? -1 : 1)),
    checkIntegrity: () => [],
    transaction() {
      throw new TypeError("Derived tables are not simulated.");
    },
    scrub() {
      // It empties the write-ahead log: what was committed before is in the database from then on.
      commit(state, true);
      return true;
    },
    close: () => undefined,
  };
}

/** The rows with changes made to them. @throws {ChattyError} CONFIGURATION_CHANGE_INVALID */
export function rowsWith(
  before: ReadonlyMap<string, string>,
  changes: readonly ConfigurationChange[],
): ReadonlyMap<string, string> {
  const rows = new Map(before);
  for (const change of changes) {
    // Refuses what the database would refuse for its form.
    const { values } = statementFromChange(change);
    if ("put" in change) {
      const columns = Object.keys(tables[change.put].columns);
      const row: Row = Object.fromEntries(columns.map((column, index) => [column, values[index] ?? null]));
      rows.set(placeOf(change.put, row), JSON.stringify(row));
    } else {
      rows.delete(placeOf(change.delete, change.key));
    }
  }
  return rows;
}

function placeOf(table: keyof typeof tables, row: Row): string {
  const key: ColumnValue[] = tables[table].key.map((column) => row[column] ?? null);
  return `${table} ${JSON.stringify(key)}`;
}
