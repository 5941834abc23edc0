import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What a vault holds, as text per file; databases by their rows, because opening one may change its bytes. */
export type VaultState = Map<string, string>;

/** Tables that say how far the log is applied, not what the vault holds. */
const bookkeeping = new Set(["durable_marks"]);

/** Reads everything below `home` while no process owns the vault. Log, lock and write-ahead files are left out. */
export function readVaultState(home: string): VaultState {
  const state: VaultState = new Map();
  if (!existsSync(home)) return state;
  for (const entry of readdirSync(home, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(home, path).replaceAll("\\", "/");
    if (/(^|\/)log\/|lock\.sqlite|\.sock$|-wal$|-shm$|-journal$/.test(name)) continue;
    if (entry.isDirectory()) continue;
    if (!entry.isFile()) state.set(name, "not a plain file");
    else if (name.endsWith(".db")) readTables(path, name, state);
    else state.set(name, createHash("sha256").update(readFileSync(path)).digest("hex"));
  }
  return state;
}

/** One line per file or table that differs; none when nothing has changed. */
export function stateChanges(before: VaultState, after: VaultState): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].sort().flatMap((name) => {
    const [old, current] = [before.get(name), after.get(name)];
    if (old === current) return [];
    return [
      old === undefined ? `new: ${name}` : current === undefined ? `lost: ${name}` : `changed: ${name}`,
    ];
  });
}

function readTables(path: string, name: string, state: VaultState): void {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all();
    for (const table of tables) {
      const tableName = String(table["name"]);
      if (bookkeeping.has(tableName)) continue;
      const query = database.prepare(`SELECT * FROM "${tableName.replaceAll('"', '""')}"`);
      query.setReadBigInts(true);
      const rows = query.all().map((row) => JSON.stringify(Object.values(row).map(printable)));
      state.set(`${name}#${tableName}`, rows.sort().join("\n"));
    }
  } finally {
    database.close();
  }
}

function printable(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
