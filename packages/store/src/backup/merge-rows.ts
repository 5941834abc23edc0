import { isChattyError } from "@chatty/model";
import type { UserId } from "@chatty/model";
import type { UserSpace } from "../vault/user-space.ts";
import type { ColumnValue, ConfigurationChange, ConfigurationTable, Row } from "../workspace/changes.ts";
import type { ConfigurationReader } from "../workspace/connection.ts";
import { integerOf } from "../workspace/row-values.ts";
import { tables } from "../workspace/tables.ts";
import type { BackupProblem } from "./backup-manifest.ts";

/**
 * When the rows of a table are added: what others refer to comes first, and homes name sessions that must be there before. `apart`:
 * imports come with their archives. `own`: what was done in a vault, and what is being purged from it, is that vault's alone;
 * numbers of acts are those of its own log.
 */
const turns: Readonly<Record<ConfigurationTable, number | "homes" | "apart" | "own">> = {
  users: 0,
  gpts: 1,
  gpt_files: 2,
  gpt_actions: 2,
  gpt_versions: 2,
  runtimes: 3,
  homes: "homes",
  stars: 4,
  aliases: 4,
  overlays: 4,
  imports: "apart",
  drafts: 4,
  places: 4,
  settings: 4,
  secrets: 4,
  history: "own",
  purges: "own",
};

const rowsAtOnce = 500;

export interface RowMerge {
  from: ConfigurationReader;
  into: ConfigurationReader;
  userId: UserId;
  /** The user's part of the vault; absent while it is only counted. */
  space: UserSpace | undefined;
  dryRun: boolean;
  tell: (problem: BackupProblem) => void;
}

/**
 * Adds the rows of a user that the backup has and the vault lacks; what is there stays as it is.
 * @param part `homes` name sessions that must be there before; the others come first.
 * @returns rows added, or that would be
 */
export async function mergeRows(merge: RowMerge, part: "homes" | "others"): Promise<number> {
  let added = 0;
  const entries = Object.entries(turns) as [ConfigurationTable, (typeof turns)[ConfigurationTable]][];
  const chosen = entries.filter(([, turn]) =>
    part === "homes" ? turn === "homes" : typeof turn === "number",
  );
  for (const [table] of chosen.sort(([, left], [, right]) => Number(left) - Number(right))) {
    let batch: ConfigurationChange[] = [];
    for (const change of missingRows(merge, table)) {
      batch.push(change);
      if (batch.length < rowsAtOnce) continue;
      added += await put(merge, batch);
      batch = [];
    }
    added += await put(merge, batch);
  }
  return added;
}

function* missingRows(
  { from, into, userId }: RowMerge,
  table: ConfigurationTable,
): Generator<ConfigurationChange> {
  const { key, columns } = tables[table];
  const names = Object.keys(columns).join(", ");
  const versions = table === "gpt_versions" ? versionIds(into, userId) : undefined;
  const identity = versions === undefined ? key : ["user_id", "gpt_id", "version"];
  const isThere = `SELECT 1 FROM ${table} WHERE ${identity.map((column) => `${column} = ?`).join(" AND ")}`;
  for (const row of from.all(
    `SELECT ${names} FROM ${table} WHERE user_id = ? ORDER BY ${key.join(", ")}`,
    userId,
  )) {
    const values = identity.map((column): ColumnValue => row[column] ?? null);
    if (into.get(isThere, ...values) !== undefined) continue;
    const own: Row = { ...row };
    // Both sides counted on from the same number.
    if (versions !== undefined) own["id"] = versions.next();
    yield { put: table, row: own };
  }
}

function versionIds(into: ConfigurationReader, userId: UserId): { next: () => number } {
  const row = into.get("SELECT coalesce(max(id), 0) AS last FROM gpt_versions WHERE user_id = ?", userId);
  let last = row === undefined ? 0 : integerOf(row, "last");
  return { next: () => (last += 1) };
}

async function put(merge: RowMerge, changes: readonly ConfigurationChange[]): Promise<number> {
  const { space, dryRun } = merge;
  if (dryRun || space === undefined || changes.length === 0) return changes.length;
  const commit = (batch: readonly ConfigurationChange[]): Promise<unknown> =>
    space.sessions.commit(batch.map((change) => ({ kind: "configure", change })));
  try {
    await commit(changes);
    return changes.length;
  } catch (error) {
    if (!isChattyError(error, "CONFIGURATION_CHANGE_REFUSED")) throw error;
  }
  let added = 0;
  for (const change of changes) {
    try {
      await commit([change]);
      added += 1;
    } catch (error) {
      if (!isChattyError(error, "CONFIGURATION_CHANGE_REFUSED")) throw error;
      merge.tell({ code: "MERGE_ROW_REFUSED", path: nameOf(change), message: error.message });
    }
  }
  return added;
}

/** Table and key, without the user and without anything that a person wrote. */
function nameOf(change: ConfigurationChange): string {
  const table = "put" in change ? change.put : change.delete;
  const row = "put" in change ? change.row : change.key;
  const key = tables[table].key.filter((column) => column !== "user_id");
  return `${table} ${key.map((column) => String(row[column])).join(" ")}`;
}
