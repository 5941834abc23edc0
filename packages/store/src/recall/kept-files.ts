import { Buffer } from "node:buffer";
import type { ConstructId, SessionId } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import { quarantineFile } from "../files/quarantine.ts";
import { replaceFile } from "../files/replace-file.ts";
import { readWholeFile } from "../files/write-all.ts";

/** Where files lie and what touches them. */
export interface KeptPlace {
  files: FilePort;
  root: string;
}

/** Text of a small file; undefined where there is none. */
export function readKept({ files, root }: KeptPlace, path: string): string | undefined {
  return readWholeFile(files, absolutePath(root, path))?.toString("utf8");
}

/**
 * Replaces a file whole and durably: after a crash the old or the new one stands. There is never a copy of the old one, which would
 * outlive a purge.
 * @throws {ChattyError} DISK_FULL, NOT_WRITABLE, STORAGE_FAULT
 */
export function writeKept({ files, root }: KeptPlace, path: string, text: string): void {
  replaceFile(files, absolutePath(root, path), Buffer.from(text), { temporaryIn: root });
}

/** Removes a file, and makes that survive a power cut. */
export function removeKept({ files, root }: KeptPlace, path: string): void {
  const absolute = absolutePath(root, path);
  if (files.status(absolute) === undefined) return;
  try {
    files.remove(absolute);
    files.syncDirectory(absolutePath(root, path.slice(0, path.lastIndexOf("/"))));
  } catch (error) {
    throw storageError(error, "remove", path);
  }
}

/** Sets a file aside that cannot be read, so that it can be begun anew and nothing is lost. @returns its place in the quarantine. */
export function setAside({ files, root }: KeptPlace, path: string, reason: string, at: number): string {
  const to = files.status(absolutePath(root, path))?.size ?? 0;
  return quarantineFile(files, root, { path, from: 0, to, reason, at });
}

/** Path of the summary of a native session. */
export function summaryPath(user: UserPlace, construct: ConstructId, session: SessionId): string {
  return `${layout.session(user, construct, session)}/summary.json`;
}

/** Path of the summary of a day or month that is known to be one. */
export function periodPath(user: UserPlace, period: string): string {
  const month = `${layout.periods(user)}/${period.slice(0, 7)}`;
  return period.length === 7 ? `${month}/summary.json` : `${month}/${period}/summary.json`;
}

/** Days and months that have a summary, oldest first. */
export function keptPeriods({ files, root }: KeptPlace, user: UserPlace): string[] {
  const folder = absolutePath(root, layout.periods(user));
  const periods: string[] = [];
  for (const { name } of files.list(folder)) {
    if (!/^\d{4}-\d{2}$/.test(name)) continue;
    for (const inside of files.list(`${folder}/${name}`)) {
      if (inside.name === "summary.json") periods.push(name);
      else if (/^\d{4}-\d{2}-\d{2}$/.test(inside.name)) periods.push(inside.name);
    }
  }
  return periods.sort();
}
