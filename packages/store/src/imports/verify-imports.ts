import { setImmediate as nextTurn } from "node:timers/promises";
import type { ImportId, SessionId, Sha256 } from "@chatty/model";
import { ChattyError, isChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import type { VerifyReport } from "../views.ts";
import { integerOf, optionalIntegerOf, optionalTextOf } from "../workspace/row-values.ts";
import type { ImportRow } from "../workspace/imports.ts";
import type { Row } from "../workspace/changes.ts";
import { versionsOfSession } from "../workspace/references.ts";
import { listImportViews } from "../workspace/import-views.ts";
import { verifyLegacyOriginals } from "../legacy/verify-originals.ts";
import { hashFile } from "./archive-bytes.ts";
import type { ImportContext } from "./import-context.ts";
import { receiptOf } from "./import-receipt.ts";
import { packFrames, readPackFrame } from "./pack.ts";
import { packPathOf } from "./version-bytes.ts";
import { finishedImports } from "./version-history.ts";

/** What a verification looked at and found. */
export interface VerifiedImports {
  archives: number;
  references: number;
  problems: VerifyReport["problems"];
}

/** What to do about an archive: its name is its hash, so only the very same bytes can take its place. */
const archiveRemedy = "Import the original file again, or restore a backup: the same bytes take its place.";

/** References looked at between two turns of the event loop. */
const pageSize = 64;

/**
 * Proves every archive against the hash that is its name, every pack's structure, and every reference against the bytes that it
 * points at. Changes nothing.
 * @param only looks at one session and the archives behind it.
 */
export async function verifyImports(context: ImportContext, only?: SessionId): Promise<VerifiedImports> {
  const result: VerifiedImports = { archives: 0, references: 0, problems: [] };
  const finished = finishedImports(context);
  const imports = only === undefined ? finished : finished.filter(importsOfSession(context, only));
  await verifyArchives(context, imports, only === undefined, result);
  if (only === undefined) {
    await verifyPacks(context, result);
    const originals = await verifyLegacyOriginals(context);
    result.archives += originals.files;
    result.problems.push(...originals.problems);
  }
  const proven = new Set<string>();
  for (const run of imports) await verifyReferences(context, run, only, proven, result);
  await verifyViews(context, only, result);
  return result;
}

async function verifyViews(
  context: ImportContext,
  only: SessionId | undefined,
  result: VerifiedImports,
): Promise<void> {
  const { storage, user } = context;
  let seen = 0;
  for (const { sessionId, path, sha256 } of listImportViews(storage.configuration, user.userId)) {
    if (only !== undefined && sessionId !== only) continue;
    seen += 1;
    if (seen % pageSize === 0) await nextTurn();
    const absolute = absolutePath(storage.root, path);
    if (storage.files.status(absolute)?.kind !== "file") {
      const message = "The readable view is not there: `chatty repair` makes it again.";
      result.problems.push({ code: "VIEW_MISSING", path, message });
      continue;
    }
    const file = storage.files.open(absolute, "read");
    try {
      if ((await hashFile(file)) === sha256) continue;
    } finally {
      file.close();
    }
    const message =
      "The readable view is not what was written: `chatty repair` sets it aside and makes it again.";
    result.problems.push({ code: "VIEW_CHANGED", path, message });
  }
}

function importsOfSession(context: ImportContext, sessionId: SessionId): (run: ImportRow) => boolean {
  const { storage, user } = context;
  const versions = versionsOfSession(storage.configuration, user.userId, sessionId, { superseded: true });
  const ids = new Set(versions.map(({ importId }) => importId));
  return ({ importId }) => ids.has(importId);
}

async function verifyArchives(
  context: ImportContext,
  imports: readonly ImportRow[],
  all: boolean,
  result: VerifiedImports,
): Promise<void> {
  const { storage, user } = context;
  const folder = `${layout.imports(user)}/archives`;
  const names = new Set<string>(imports.map(({ archiveSha256 }) => archiveSha256));
  if (all) for (const { name } of storage.files.list(absolutePath(storage.root, folder))) names.add(name);
  for (const name of [...names].sort()) {
    const path = `${folder}/${name}`;
    result.archives += 1;
    const status = storage.files.status(absolutePath(storage.root, path));
    if (status?.kind !== "file") {
      result.problems.push({
        code: "ARCHIVE_MISSING",
        path,
        message: `The archive of an import is not there. ${archiveRemedy}`,
      });
      continue;
    }
    try {
      const file = storage.files.open(absolutePath(storage.root, path), "read");
      try {
        if ((await hashFile(file)) === name) continue;
      } finally {
        file.close();
      }
      const message = `The archive does not hold what was imported: its bytes do not match its name. ${archiveRemedy}`;
      result.problems.push({ code: "ARCHIVE_DAMAGED", path, from: 0, to: status.size, message });
    } catch (error) {
      result.problems.push({ code: "ARCHIVE_UNREADABLE", path, message: messageOf(error) });
    }
  }
}

async function verifyPacks(context: ImportContext, result: VerifiedImports): Promise<void> {
  const { storage, user } = context;
  const folder = layout.packs(user);
  for (const { name } of storage.files.list(absolutePath(storage.root, folder))) {
    const path = packPathOf(context, name);
    try {
      let frames = 0;
      for (const _ of packFrames(storage.files, path)) {
        frames += 1;
        if (frames % pageSize === 0) await nextTurn();
      }
    } catch (error) {
      result.problems.push(packProblem(error, `${folder}/${name}`));
    }
  }
}

async function verifyReferences(
  context: ImportContext,
  run: ImportRow,
  only: SessionId | undefined,
  proven: Set<string>,
  result: VerifiedImports,
): Promise<void> {
  const { storage, user } = context;
  let seen = 0;
  for (let after = -1; ;) {
    const rows = pageOf(context, run.importId, after);
    for (const row of rows) {
      seen += 1;
      if (only !== undefined && row["session_id"] !== only) continue;
      result.references += 1;
      await verifyReference(context, row, proven, result);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) break;
    after = integerOf(last, "ordinal");
    await nextTurn();
  }
  const expected = receiptOf(run)?.conversations.seen ?? 0;
  if (seen < expected) {
    result.problems.push({
      code: "REFERENCES_MISSING",
      path: layout.archive(user, run.archiveSha256),
      message: `The import ${run.importId} has ${expected} conversations and ${seen} references: \`chatty rebuild references\` makes them again.`,
    });
  }
  if (storage.fault !== undefined) throw storage.fault;
}

function pageOf(context: ImportContext, importId: ImportId, after: number): Row[] {
  const sql =
    "SELECT ordinal, session_id, raw_sha256, pack, pack_offset, pack_length FROM import_references " +
    "WHERE user_id = ? AND import_id = ? AND ordinal > ? ORDER BY ordinal LIMIT ?";
  return context.storage.configuration.all(sql, context.user.userId, importId, after, pageSize);
}

async function verifyReference(
  context: ImportContext,
  row: Row,
  proven: Set<string>,
  result: VerifiedImports,
): Promise<void> {
  const rawSha256 = optionalTextOf(row, "raw_sha256") as Sha256 | undefined;
  const pack = optionalTextOf(row, "pack");
  const offset = optionalIntegerOf(row, "pack_offset");
  const length = optionalIntegerOf(row, "pack_length");
  if (rawSha256 === undefined || pack === undefined || offset === undefined || length === undefined) return;
  const key = `${pack} ${offset} ${length} ${rawSha256}`;
  if (proven.has(key)) return;
  proven.add(key);
  try {
    await readPackFrame(context.storage.files, packPathOf(context, pack), { offset, length }, rawSha256);
  } catch (error) {
    const path = `${layout.packs(context.user)}/${pack}`;
    result.problems.push({ ...packProblem(error, path), from: offset, to: offset + length });
  }
}

function packProblem(error: unknown, path: string): VerifyReport["problems"][number] {
  const offset = error instanceof ChattyError ? error.where?.["offset"] : undefined;
  return {
    code: isChattyError(error) ? error.code : "PACK_UNREADABLE",
    path,
    ...(typeof offset === "number" ? { from: offset } : {}),
    message: messageOf(error),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
