// Reads a folder of backups by its format alone, with nothing of the code that wrote it, and holds it against the vault.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { nodeFiles } from "../../files/node-files.ts";
import { readWholeFile } from "../../files/write-all.ts";

export interface BackupViolation {
  kind: "manifest" | "object" | "cut" | "journal" | "lost" | "restored";
  detail: string;
}

/** A backup as the oracle read it. */
export interface ReadBackup {
  backupId: string;
  environment: string;
  seq: number;
  /** Bytes of every file by path. */
  files: Map<string, Buffer>;
}

interface Entry {
  path: string;
  length: number;
  pieces: { sha256: string; length: number }[];
}

const files = nodeFiles();

/** Ids of every manifest in a folder. */
export function manifestIds(folder: string): string[] {
  return files
    .list(join(folder, "manifests"))
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length));
}

/** Reads a backup whole, and tells everything in it that is not what it says. */
export function readBackup(folder: string, backupId: string, violations: BackupViolation[]): ReadBackup {
  const tell = (kind: BackupViolation["kind"], detail: string): void => {
    violations.push({ kind, detail: `${backupId}: ${detail}` });
  };
  const bytes = readWholeFile(files, join(folder, "manifests", `${backupId}.json`)) ?? Buffer.alloc(0);
  const text = bytes.toString("utf8");
  const covered = text.slice(0, text.lastIndexOf(',"hash":"'));
  const manifest = JSON.parse(text) as {
    hash: string;
    environment: string;
    seq: number;
    files: number;
    bytes: number;
    list: { sha256: string; length: number };
  };
  if (sha256(Buffer.from(covered)) !== manifest.hash) tell("manifest", "its seal does not fit");
  const read = (piece: { sha256: string; length: number }): Buffer => {
    const path = join(folder, "objects", piece.sha256.slice(0, 2), piece.sha256);
    const found = readWholeFile(files, path);
    if (found === undefined) tell("object", `${piece.sha256} is missing`);
    else if (found.length !== piece.length || sha256(found) !== piece.sha256)
      tell("object", `${piece.sha256} is damaged`);
    return found ?? Buffer.alloc(0);
  };
  const held = new Map<string, Buffer>();
  const lines = read(manifest.list)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
  for (const line of lines) {
    const { path, length, pieces } = JSON.parse(line) as Entry;
    const content = Buffer.concat(pieces.map(read));
    if (content.length !== length) tell("object", `${path} has ${content.length} bytes instead of ${length}`);
    held.set(path, content);
  }
  const total = [...held.values()].reduce((sum, content) => sum + content.length, 0);
  if (held.size !== manifest.files || total !== manifest.bytes) tell("manifest", "its counts do not fit");
  return { backupId, environment: manifest.environment, seq: manifest.seq, files: held };
}

/**
 * Holds what was read against the vault as it lies there now: every journal is the vault's own up to exactly the last record of the
 * moment, and everything whose name is a hash has that hash.
 * @param purged ids of sessions that were purged since.
 */
export function compareWithVault(
  backup: ReadBackup,
  root: string,
  purged: ReadonlySet<string>,
  violations: BackupViolation[],
): void {
  const tell = (kind: BackupViolation["kind"], detail: string): void => {
    violations.push({ kind, detail: `${backup.backupId}: ${detail}` });
  };
  for (const [path, content] of backup.files) {
    const named = /\/(?:archives|files)\/([0-9a-f]{64})/.exec(path)?.[1];
    if (named !== undefined && sha256(content) !== named) tell("object", `${path} is not what its name says`);
    const session = sessionOf(path);
    if (session === undefined || purged.has(session)) continue;
    const live = readWholeFile(files, join(root, path));
    if (live === undefined || !live.subarray(0, content.length).equals(content)) {
      tell("journal", `${path} is not the beginning of the vault's own`);
      continue;
    }
    if (recordsUpTo(content, Number.POSITIVE_INFINITY) !== recordsUpTo(live, backup.seq)) {
      tell("cut", `${path} does not end at commit ${backup.seq}`);
    }
  }
  for (const path of journalsOf(root)) {
    const session = sessionOf(path);
    if (backup.files.has(path) || session === undefined || purged.has(session)) continue;
    const live = readWholeFile(files, join(root, path)) ?? Buffer.alloc(0);
    if (recordsUpTo(live, backup.seq) > 0) tell("cut", `${path} is missing`);
  }
}

/** Ids of all messages in the journals of a backup. */
export function messagesOf(backup: ReadBackup): Set<string> {
  const ids = new Set<string>();
  for (const [path, content] of backup.files) {
    if (sessionOf(path) === undefined) continue;
    for (const line of linesOf(content)) {
      if (line["kind"] === "message") ids.add(String(line["id"]));
    }
  }
  return ids;
}

/** Holds a restored vault against the backup: everything that is true in it is there, byte for byte. */
export function compareRestored(backup: ReadBackup, root: string, violations: BackupViolation[]): void {
  for (const [path, content] of backup.files) {
    // Opening a vault goes on in a new log file and writes to its configuration and mirrors.
    const isWritten = path === "chatty.db" || path.startsWith("log/") || /(?:json|json\.bak)$/.test(path);
    if (isWritten) continue;
    const there = readWholeFile(files, join(root, path));
    if (there?.equals(content) === true) continue;
    const detail = `${backup.backupId}: ${path} is ${there === undefined ? "missing" : "another"} in what was restored`;
    violations.push({ kind: "restored", detail });
  }
}

/** Every file below a folder that is not left to SQLite, with its hash. */
export function hashesBelow(folder: string): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const path of walk(folder, "")) {
    hashes.set(path, sha256(readWholeFile(files, join(folder, path)) ?? Buffer.alloc(0)));
  }
  return hashes;
}

function* walk(folder: string, below: string): Generator<string> {
  for (const { name, kind } of files.list(join(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (kind === "directory") yield* walk(folder, path);
    else yield path;
  }
}

function* journalsOf(root: string): Generator<string> {
  for (const path of walk(join(root, "vvault"), "")) {
    if (path.endsWith("/messages.jsonl")) yield `vvault/${path}`;
  }
}

function sessionOf(path: string): string | undefined {
  return /^vvault\/.*\/sessions\/([^/]+)\/messages\.jsonl$/.exec(path)?.[1];
}

function recordsUpTo(content: Buffer, seq: number): number {
  let count = 0;
  for (const line of linesOf(content)) {
    const metadata = line["metadata"] as { commit?: number } | undefined;
    const commit = "version" in line ? metadata?.commit : line["commit"];
    if (typeof commit === "number" && commit <= seq) count += 1;
  }
  return count;
}

function* linesOf(content: Buffer): Generator<Record<string, unknown>> {
  for (const line of content.toString("utf8").split("\n")) {
    if (line !== "") yield JSON.parse(line) as Record<string, unknown>;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
