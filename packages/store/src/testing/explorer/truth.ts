import { absolutePath } from "../../files/layout.ts";
import type { DurableGroup } from "../../log/batch.ts";
import type { LoggedGroup } from "../../log/segment.ts";
import type { SimulatedDirectory, SimulatedNode } from "../simulated-disk.ts";
import type { ConfigurationChange } from "../../workspace/changes.ts";
import { simulatedRoot } from "./program.ts";
import { rowsWith } from "./simulated-configuration.ts";

/** What a vault holds behind one acknowledged change, as somebody outside has written it down. */
export interface Truth {
  /** Number of the last group. */
  seq: number;
  /** Bytes of every file that the log feeds, by relative path. */
  files: ReadonlyMap<string, Buffer>;
  /** Rows of the configuration as JSON, by table and key. */
  rows: ReadonlyMap<string, string>;
  /** How many backups were taken, and how many vaults restored. */
  backups: number;
  restored: number;
}

const newline = Buffer.from("\n");
const fedFolders = ["vvault", "continuity"];

/** The truth behind a group that was applied. */
export function truthAfter(before: Truth, group: DurableGroup, rows: ReadonlyMap<string, string>): Truth {
  const files = new Map(before.files);
  for (const { path, line } of group.appends) {
    files.set(path, Buffer.concat([files.get(path) ?? Buffer.alloc(0), line, newline]));
  }
  return { ...before, seq: group.seq, files, rows };
}

/** The truth if a group holds that nobody was told of. */
export function truthIf(before: Truth, group: LoggedGroup): Truth {
  const files = new Map(before.files);
  for (const [index, op] of group.ops.entries()) {
    const line = group.lines[index];
    if (!("append" in op) || line === undefined) continue;
    files.set(op.append, Buffer.concat([files.get(op.append) ?? Buffer.alloc(0), line]));
  }
  const changes = group.ops.filter((op): op is ConfigurationChange => !("append" in op));
  return { ...before, seq: group.seq, files, rows: rowsWith(before.rows, changes) };
}

/** Every file that the log feeds, as it lies on a disk. @param path of the vault. */
export function fedFiles(root: SimulatedDirectory, path: string = simulatedRoot): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const vault = nodeAt(root, path);
  if (vault?.kind !== "directory") return found;
  for (const folder of fedFolders) {
    const node = vault.entries.get(folder);
    if (node?.kind === "directory") gather(node, folder, found);
  }
  return found;
}

function gather(directory: SimulatedDirectory, prefix: string, into: Map<string, Buffer>): void {
  for (const [name, node] of directory.entries) {
    const path = `${prefix}/${name}`;
    if (node.kind === "directory") gather(node, path, into);
    else if (name.endsWith(".jsonl")) into.set(path, node.bytes);
  }
}

/** The node at an absolute path. */
export function nodeAt(root: SimulatedDirectory, path: string): SimulatedNode | undefined {
  let at: SimulatedNode | undefined = root;
  for (const name of path.split("/")) {
    if (name === "") continue;
    at = at?.kind === "directory" ? at.entries.get(name) : undefined;
  }
  return at;
}

/** Bytes of a file of the vault on a disk. @param path relative. */
export function vaultBytes(root: SimulatedDirectory, path: string): Buffer | undefined {
  const node = nodeAt(root, absolutePath(simulatedRoot, path));
  return node?.kind === "file" ? node.bytes : undefined;
}

/** True when files and rows are exactly those. */
export function isTruth(
  truth: Truth,
  files: ReadonlyMap<string, Buffer>,
  rows: ReadonlyMap<string, string>,
): boolean {
  if (files.size !== truth.files.size || rows.size !== truth.rows.size) return false;
  for (const [path, bytes] of truth.files) {
    const found = files.get(path);
    if (found === undefined || !found.equals(bytes)) return false;
  }
  for (const [place, row] of truth.rows) if (rows.get(place) !== row) return false;
  return true;
}
