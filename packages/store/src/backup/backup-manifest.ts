import { randomBytes } from "node:crypto";
import { ChattyError, isJsonObject } from "@chatty/model";
import { openLine, sealLine } from "../log/chained-line.ts";

/** Some bytes that a backup keeps under their hash. */
export interface BackupPiece {
  /** 64 lower-case hexadecimal digits. */
  sha256: string;
  /** Bytes. */
  length: number;
}

/** One file of a backup: its bytes are those of its pieces, one after the other. Order of keys is that on disk. */
export interface BackupFile {
  /** Path inside the vault, with forward slashes. */
  path: string;
  /** Bytes. */
  length: number;
  pieces: BackupPiece[];
  /** Permission bits, when they are not 0600. */
  mode?: number;
  /** Of a file that is replaced whole: nanoseconds since 1970 UTC as decimal digits, so that the next backup sees that it is the same. */
  modifiedNs?: string;
  /** Of a file that the commit log feeds: hash of the last line, so that the next backup sees that it only grew. */
  head?: string;
}

/** What a backup found wrong in the vault that it copied; the bytes are kept as they were found. */
export interface BackupProblem {
  code: string;
  path: string;
  message: string;
}

/** The one file that makes a folder of objects a backup. Written last. `docs/formats/backup.md` is the contract. */
export interface BackupManifest {
  format: 1;
  backupId: string;
  vaultId: string;
  environment: string;
  /** Integer milliseconds UTC of the moment that it shows. */
  at: number;
  /** Sequence number of the last commit that is in it. */
  seq: number;
  files: number;
  /** Bytes of all files together. */
  bytes: number;
  /** Bytes that no earlier backup of the folder had. */
  newBytes: number;
  /** Native sessions. */
  sessions: number;
  /** Bytes of their journals. */
  journalBytes: number;
  /** The object that lists the files, one JSON line each. */
  list: BackupPiece;
  problems: BackupProblem[];
}

/** A manifest as it lies on disk, with the hash that seals it. */
export interface SealedManifest extends BackupManifest {
  hash: string;
}

/** Format of backups that this version writes and reads. */
export const backupFormat = 1;

const backupIdPattern = /^\d{8}T\d{9}Z-[0-9a-f]{8}$/;
const sha256Pattern = /^[0-9a-f]{64}$/;

/** An id whose text sorts by time. */
export function createBackupId(at: number): string {
  const stamp = new Date(at).toISOString().replaceAll(/[-:.]/g, "");
  return `${stamp}-${randomBytes(4).toString("hex")}`;
}

export function isBackupId(text: string): boolean {
  return backupIdPattern.test(text);
}

/** The manifest's bytes and its hash. */
export function sealManifest(manifest: BackupManifest): { bytes: Buffer; hash: string } {
  return sealLine(manifest, "");
}

/**
 * Reads a manifest.
 * @param path for messages.
 * @throws {ChattyError} BACKUP_DAMAGED, BACKUP_FORMAT_UNKNOWN
 */
export function parseManifest(bytes: Uint8Array, path: string): SealedManifest {
  const opened = openLine<BackupManifest>(bytes);
  if (opened.kind === "fault") throw backupDamaged(path, `it is not a sealed line (${opened.fault})`);
  const { body } = opened;
  if ((body.format as number) !== backupFormat) {
    throw new ChattyError("BACKUP_FORMAT_UNKNOWN", `${path} has format ${String(body.format)}.`, {
      hint: "A newer Chatty wrote it: use that version. Nothing was changed.",
      where: { path },
    });
  }
  if (!isBackupId(body.backupId) || !isPiece(body.list) || !Array.isArray(body.problems)) {
    throw backupDamaged(path, "it lacks what a manifest must have");
  }
  return body;
}

/** Reads a line of the list of files. @throws {ChattyError} BACKUP_DAMAGED */
export function parseBackupFile(line: string, listPath: string): BackupFile {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw backupDamaged(listPath, "a line of it is not JSON");
  }
  if (!isJsonObject(value)) throw backupDamaged(listPath, "a line of it is not an object");
  const { path, length, pieces, mode, modifiedNs, head } = value as Record<string, unknown>;
  const isWhole =
    typeof path === "string" && isInside(path) && typeof length === "number" && Array.isArray(pieces);
  if (!isWhole || !pieces.every(isPiece)) throw backupDamaged(listPath, "a line of it is not a file");
  if (pieces.reduce((sum, piece) => sum + piece.length, 0) !== length) {
    throw backupDamaged(listPath, `the pieces of ${path} are not as long as the file`);
  }
  return {
    path,
    length,
    pieces,
    ...(typeof mode === "number" ? { mode } : {}),
    ...(typeof modifiedNs === "string" ? { modifiedNs } : {}),
    ...(typeof head === "string" ? { head } : {}),
  };
}

/** Nothing that a backup says may lead out of the folder that it is restored into. */
function isInside(path: string): boolean {
  return (
    path !== "" &&
    !/[\\\0]/.test(path) &&
    path.split("/").every((name) => name !== "" && name !== "." && name !== "..")
  );
}

function isPiece(value: unknown): value is BackupPiece {
  if (typeof value !== "object" || value === null) return false;
  const { sha256, length } = value as Record<string, unknown>;
  return (
    typeof sha256 === "string" &&
    sha256Pattern.test(sha256) &&
    typeof length === "number" &&
    Number.isSafeInteger(length) &&
    length >= 0
  );
}

/** The error for a backup that does not hold what it says. */
export function backupDamaged(path: string, why: string): ChattyError {
  return new ChattyError("BACKUP_DAMAGED", `The backup is damaged at ${path}: ${why}.`, {
    hint: "Nothing was restored from it. Take another one of `chatty backups`, and check the disk that it lies on.",
    where: { path },
  });
}
