import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** SHA-256 of every file of a closed vault, by relative path; databases, log and lock are left out. */
export type FileList = Map<string, string>;

/** What is made of something else, by kind. The catalog's files are not compared, because their bytes depend on history. */
export type DerivedKind =
  | "transcript"
  | "meta"
  | "index"
  | "profile"
  | "persona"
  | "pack"
  | "view"
  | "catalog"
  | "events";

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const user = `users/shard_0000/${uuid}`;
const patterns: Record<DerivedKind, RegExp> = {
  transcript: new RegExp(`^vvault/${user}/instances/[^/]+/chatty/[^/]+\\.md$`),
  meta: new RegExp(`^vvault/${user}/instances/[^/]+/sessions/${uuid}/session_meta\\.json$`),
  index: new RegExp(`^vvault/${user}/session_index\\.json$`),
  profile: new RegExp(`^vvault/${user}/profile\\.json$`),
  persona: new RegExp(`^vvault/${user}/instances/[^/]+/(?:sessions/${uuid}/)?persona\\.json$`),
  pack: new RegExp(`^imports/${user}/packs/[^/]+$`),
  view: new RegExp(`^imports/${user}/instances/.+\\.md$`),
  catalog: new RegExp(`^catalog/${uuid}\\.db(?:-wal|-shm)?$`),
  events: new RegExp(`^continuity/${user}/events/(?:conversations|messages)\\.jsonl$`),
};

export const derivedKinds = Object.keys(patterns) as DerivedKind[];

/** What a relative path is derived as; undefined for the truth. */
export function derivedKindOf(path: string): DerivedKind | undefined {
  return derivedKinds.find((kind) => patterns[kind].test(path));
}

/** Relative paths of every file below the root of a vault, with forward slashes, sorted. */
export function pathsIn(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

export function listFiles(root: string): FileList {
  const isCompared = (path: string): boolean =>
    !/^(?:log|catalog)\/|^(?:lock\.sqlite|chatty\.db)|\.sock$/.test(path);
  return new Map(
    pathsIn(root)
      .filter(isCompared)
      .map((path) => [path, sha256Of(readFileSync(join(root, path)))]),
  );
}

/** One line per file that differs, with both hashes. */
export function fileChanges(before: FileList, after: FileList): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path}: ${before.get(path) ?? "absent"} → ${after.get(path) ?? "absent"}`);
}

/** Removes everything derived from a closed vault. @returns how many files of each kind there were. */
export function removeDerived(root: string): Record<DerivedKind, number> {
  const counts = Object.fromEntries(derivedKinds.map((kind) => [kind, 0])) as Record<DerivedKind, number>;
  for (const path of pathsIn(root)) {
    const kind = derivedKindOf(path);
    if (kind === undefined) continue;
    rmSync(join(root, path));
    counts[kind] += 1;
  }
  return counts;
}

/** Rows of the configuration that are true and not derived, as text by table, while nobody owns the vault. */
export function configurationRows(root: string): Map<string, string> {
  const database = new DatabaseSync(join(root, "chatty.db"), { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const kept = tables
      .map((table) => String(table["name"]))
      // How far the log is applied, and when a derived file was written.
      .filter((name) => !["durable_marks", "log_state", "transcripts", "import_views"].includes(name));
    return new Map(
      kept.map((name) => {
        const query = database.prepare(`SELECT * FROM "${name}"`);
        query.setReadBigInts(true);
        const rows = query.all().map((row) => Object.values(row).map(String).join("\u0000"));
        return [name, rows.sort().join("\n")];
      }),
    );
  } finally {
    database.close();
  }
}

export function sha256Of(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
