import { absolutePath, layout } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import { readWholeFile } from "../files/write-all.ts";
import { replayAppends } from "../log/recover.ts";
import type { RecoveryNote } from "../log/recover.ts";
import { appendedLines, createSegment, listSegments, segmentName } from "../log/segment.ts";
import type { LoggedGroup } from "../log/segment.ts";
import type { RepairReport } from "../views.ts";
import type { ConfigurationChange } from "../workspace/changes.ts";
import type { Configuration } from "../workspace/database.ts";
import { findSealedLines } from "./find-sealed-lines.ts";
import type { FoundLine } from "./find-sealed-lines.ts";
import { keepOriginal } from "./keep-original.ts";

export interface SalvageLogOptions {
  files: FilePort;
  root: string;
  vaultId: string;
  configuration: Configuration;
  report: RepairReport;
  /** Integer milliseconds UTC. */
  at: number;
}

/**
 * Applies every whole group that can be found in a damaged commit log and begins a new log behind it. A group says itself where its
 * lines belong and what its rows are, so that groups behind a gap can be applied; lines whose place is gone, because a lost group
 * wrote in front of them, are set apart for the repair of their file. Every log file is kept in quarantine first. Doing it twice,
 * or anew after a crash, changes nothing more.
 */
export function salvageLog(options: SalvageLogOptions): void {
  const { files, root, vaultId, configuration, report, at } = options;
  const directory = absolutePath(root, layout.log);
  const numbers = listSegments(files, directory);
  const covered = configuration.checkpointSeq();
  const groups = new Map<number, LoggedGroup>();
  let last = { seq: Math.max(0, covered, configuration.appliedSeq()), hash: "" };
  for (const number of numbers) {
    const path = `${layout.log}/${segmentName(number)}`;
    const bytes = readWholeFile(files, absolutePath(root, path)) ?? Buffer.alloc(0);
    report.quarantined.push(keepOriginal(files, root, { path, bytes }, "damaged log", at));
    const found = findSealedLines(bytes);
    for (const range of found.unreadable) report.lost.push({ path, ...range });
    for (const line of found.lines) {
      const first = headerFirst(line, vaultId);
      if (first !== undefined && first - 1 > last.seq) last = { seq: first - 1, hash: line.body.hash };
      const group = groupFrom(line);
      if (group !== undefined && group.seq > covered) groups.set(group.seq, group);
    }
  }
  const ordered = [...groups.values()].sort((left, right) => left.seq - right.seq);
  const newest = ordered.at(-1);
  if (newest !== undefined && newest.seq >= last.seq) last = { seq: newest.seq, hash: newest.hash };
  const notes: RecoveryNote[] = [];
  const marks = replayAppends(files, root, ordered, at, notes);
  for (const note of notes) if (note.quarantined !== undefined) report.quarantined.push(note.quarantined);
  for (const group of ordered) applyRows(configuration, group, report);
  report.recovered += ordered.length;
  configuration.setCheckpoint(
    last.seq,
    marks.map((mark) => ({ ...mark, markedAt: at })),
  );
  // Everything is applied and synced: from here on the old log is needed no more.
  const next = Math.max(0, ...numbers) + 1;
  files.makeDirectory(directory);
  createSegment(
    files,
    directory,
    { log: next, vaultId, first: last.seq + 1, at },
    last.hash,
  ).segment.file.close();
  for (const number of numbers) files.remove(absolutePath(directory, segmentName(number)));
  files.syncDirectory(directory);
}

function applyRows(configuration: Configuration, group: LoggedGroup, report: RepairReport): void {
  const changes = group.ops.filter((op): op is ConfigurationChange => !("append" in op));
  if (changes.length === 0) return;
  try {
    configuration.applyGroup(group.seq, changes);
  } catch (error) {
    // A row that refers to one of a lost group cannot stand alone; it stays in the log that is kept.
    const message = `change ${group.seq} could not be applied: ${error instanceof Error ? error.message : String(error)}`;
    report.remaining.push({ code: "CONFIGURATION_CHANGE_REFUSED", path: layout.configuration, message });
  }
}

function headerFirst({ body }: FoundLine, vaultId: string): number | undefined {
  const isHeader = typeof body["log"] === "number" && body["vaultId"] === vaultId;
  return isHeader && typeof body["first"] === "number" ? body["first"] : undefined;
}

function groupFrom({ body, text }: FoundLine): LoggedGroup | undefined {
  const { seq, ops } = body;
  if (!Number.isSafeInteger(seq) || !Array.isArray(ops)) return undefined;
  const group = body as unknown as Omit<LoggedGroup, "lines">;
  return { ...group, lines: appendedLines(Buffer.concat([text, Buffer.from("\n")]), group.ops) };
}
