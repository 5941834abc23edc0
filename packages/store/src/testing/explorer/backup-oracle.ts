import { createHash } from "node:crypto";
import { join } from "node:path";
import { isBackupId, parseBackupFile, parseManifest } from "../../backup/backup-manifest.ts";
import type { BackupFile, BackupPiece, SealedManifest } from "../../backup/backup-manifest.ts";
import { layout } from "../../files/layout.ts";
import type { SimulatedDirectory } from "../simulated-disk.ts";
import { restoredPrefix, simulatedBackups } from "./backup-operations.ts";
import { simulatedHome } from "./program.ts";
import { configurationFromText } from "./simulated-configuration.ts";
import { fedFiles, isTruth, nodeAt } from "./truth.ts";
import type { Truth } from "./truth.ts";

/**
 * What a manifest promises: everything it names is there, whole, and is what the vault held at its moment. And what the name of a
 * restored vault promises: the same.
 * @returns what is wrong; empty when all is well.
 */
export function brokenBackups(
  root: SimulatedDirectory,
  acknowledged: Pick<Truth, "backups" | "restored">,
  truths: readonly Truth[],
): string[] {
  const wrong: string[] = [];
  let backups = 0;
  const manifests = nodeAt(root, join(simulatedBackups, "manifests"));
  for (const [name, node] of manifests?.kind === "directory" ? manifests.entries : []) {
    const backupId = name.replace(/\.json$/, "");
    if (!isBackupId(backupId) || node.kind !== "file") continue;
    backups += 1;
    try {
      checkBackup(root, parseManifest(node.bytes, name), truths);
    } catch (error) {
      wrong.push(`the backup ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (backups < acknowledged.backups) wrong.push(`${backups} of ${acknowledged.backups} backups are there`);
  const home = nodeAt(root, simulatedHome);
  let restored = 0;
  for (const [name, node] of home?.kind === "directory" ? home.entries : []) {
    if (!name.startsWith(restoredPrefix) || node.kind !== "directory") continue;
    restored += 1;
    const files = fedFiles(root, join(simulatedHome, name));
    const text = node.entries.get(layout.configuration);
    const rows = text?.kind === "file" ? rowsIn(text.bytes) : undefined;
    const hasLog = node.entries.get(layout.log)?.kind === "directory";
    if (rows === undefined || !hasLog || !truths.some((truth) => isTruth(truth, files, rows))) {
      wrong.push(`the restored vault ${name} is nothing that was ever backed up`);
    }
  }
  if (restored < acknowledged.restored)
    wrong.push(`${restored} of ${acknowledged.restored} restored vaults are there`);
  return wrong;
}

/** @throws what is missing or not as it was */
function checkBackup(root: SimulatedDirectory, manifest: SealedManifest, truths: readonly Truth[]): void {
  const files = new Map<string, Buffer>();
  let rows: ReadonlyMap<string, string> | undefined;
  for (const file of listedFiles(root, manifest)) {
    const [first, ...others] = file.pieces.map((piece) => pieceOf(root, piece));
    const bytes =
      first !== undefined && others.length === 0
        ? first
        : Buffer.concat(first === undefined ? [] : [first, ...others]);
    if (file.path === layout.configuration) rows = rowsIn(bytes);
    if (/^(?:vvault|continuity)\/.*\.jsonl$/.test(file.path)) files.set(file.path, bytes);
  }
  const { seq } = manifest;
  if (rows !== undefined) {
    const found = rows;
    if (truths.some((truth) => truth.seq === seq && isTruth(truth, files, found))) return;
  }
  throw new TypeError(`it is not the vault as it was at change ${seq}`);
}

const lists = new WeakMap<Buffer, BackupFile[]>();

function listedFiles(root: SimulatedDirectory, manifest: SealedManifest): BackupFile[] {
  const bytes = pieceOf(root, manifest.list);
  let listed = lists.get(bytes);
  if (listed === undefined) {
    const lines = bytes.toString().split("\n").slice(0, -1);
    listed = lines.map((line) => parseBackupFile(line, "the list"));
    lists.set(bytes, listed);
  }
  if (listed.length !== manifest.files) throw new TypeError("its list has another number of files");
  return listed;
}

const rowsOfCopies = new WeakMap<Buffer, ReadonlyMap<string, string>>();

function rowsIn(copy: Buffer): ReadonlyMap<string, string> {
  let rows = rowsOfCopies.get(copy);
  if (rows === undefined) {
    rows = configurationFromText(copy.toString()).rows;
    rowsOfCopies.set(copy, rows);
  }
  return rows;
}

const hashes = new WeakMap<Buffer, string>();

function pieceOf(root: SimulatedDirectory, { sha256, length }: BackupPiece): Buffer {
  const node = nodeAt(root, join(simulatedBackups, "objects", sha256.slice(0, 2), sha256));
  if (node?.kind !== "file" || node.bytes.length !== length) throw new TypeError(`${sha256} is not there`);
  let found = hashes.get(node.bytes);
  if (found === undefined) {
    found = createHash("sha256").update(node.bytes).digest("hex");
    hashes.set(node.bytes, found);
  }
  if (found !== sha256) throw new TypeError(`${sha256} has other bytes`);
  return node.bytes;
}
