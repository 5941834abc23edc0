import { join } from "node:path";
import type { ImportId } from "@chatty/model";
import { createUuid, isChattyError } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import type { FilePort } from "../files/port.ts";
import type { ConfigurationReader } from "../workspace/connection.ts";
import type { ImportRow } from "../workspace/imports.ts";
import { deleteReferencesOfImport } from "../workspace/references.ts";
import { getRuntime, runtimesOfProvider } from "../workspace/runtimes.ts";
import { hashFile, makeDurableDirectory } from "./archive-bytes.ts";
import { openDigests } from "./digest/open-digests.ts";
import type { ImportContext } from "./import-context.ts";
import { joinedAtImport } from "./import-receipt.ts";
import { ingestExport } from "./ingest.ts";
import { PackWriter } from "./pack.ts";
import { databaseRows } from "./reference-rows.ts";
import { stagedNames } from "./staging.ts";
import { finishedImports, importsBefore, VersionHistory } from "./version-history.ts";

/** What making references and packs again gave. */
export interface RebuiltReferences {
  imports: number;
  /** Rows made. */
  references: number;
  /** Packs made. */
  packs: number;
  /** What differed from what was there, or cannot be made: relative paths and `references of {importId}`. */
  differences: string[];
}

const referenceColumns =
  "ordinal, session_id, runtime_id, source_id, kind, member, member_offset, byte_length, raw_sha256, content_sha256, " +
  "metadata_sha256, pack, pack_offset, pack_length, title, created_at, updated_at, message_count, node_count";
const attachmentColumns = "session_id, file_id, pointer, name, mime, size, member";

/**
 * Makes the derived rows and packs of every finished import again from its archive, in the order of the imports, so that each
 * finds what it found when it was new. What is there already and equal stays untouched.
 */
export async function rebuildReferences(context: ImportContext): Promise<RebuiltReferences> {
  const result: RebuiltReferences = { imports: 0, references: 0, packs: 0, differences: [] };
  const finished = finishedImports(context);
  for (const run of finished) {
    try {
      await rebuildImport(context, run, finished, result);
      result.imports += 1;
    } catch (error) {
      if (!isChattyError(error) || context.storage.fault !== undefined) throw error;
      // One archive that is lost must not keep the others from being used.
      result.differences.push(`${layout.archive(context.user, run.archiveSha256)}: ${error.code}`);
    }
  }
  return result;
}

async function rebuildImport(
  context: ImportContext,
  run: ImportRow,
  finished: readonly ImportRow[],
  result: RebuiltReferences,
): Promise<void> {
  const { storage, user } = context;
  const { files, root, configuration } = storage;
  // Until they are taken over, the rows made again belong to an import that nobody knows.
  const importId = createUuid(context.now()) as ImportId;
  const staging = absolutePath(root, layout.staging(user));
  makeDurableDirectory(files, staging);
  const packPath = join(staging, stagedNames.pack(importId));
  const pack = new PackWriter(files, packPath);
  const archive = absolutePath(root, layout.archive(user, run.archiveSha256));
  const opened = await openDigests(context, archive, run.archiveName, { source: run.source });
  try {
    const { runtimeId } = run;
    if (runtimeId === undefined) throw new TypeError("A finished import has a runtime.");
    await ingestExport(
      context,
      opened,
      {
        importId,
        runtimeId,
        history: historyOf(context, run, finished),
        replaces: finished.some((each) => each.supersededBy === run.importId),
        rows: databaseRows(context),
        pack,
        packPath,
        packName: stagedNames.pack(run.importId),
      },
      {},
    );
    await pack.sync();
    pack.close();
    takeRows(context, run.importId, importId, result);
    const made = files.status(packPath) !== undefined;
    if (await takePack(context, run.importId, packPath)) {
      result.differences.push(`${layout.packs(user)}/${stagedNames.pack(run.importId)}`);
    }
    if (made) result.packs += 1;
  } finally {
    // Each of them, whatever becomes of the others.
    try {
      await opened.close();
    } finally {
      try {
        pack.close();
      } finally {
        try {
          files.remove(packPath);
        } finally {
          configuration.transaction((writer) => {
            deleteReferencesOfImport(writer, user.userId, importId);
          });
        }
      }
    }
  }
}

function historyOf(context: ImportContext, run: ImportRow, finished: readonly ImportRow[]): VersionHistory {
  const { storage, user } = context;
  const { configuration } = storage;
  const runtime =
    run.runtimeId === undefined ? undefined : getRuntime(configuration, user.userId, run.runtimeId);
  if (runtime?.namespace === undefined) throw new TypeError("The runtime of an import has a namespace.");
  const joinedIds = joinedAtImport(run);
  const joined = joinedIds.flatMap((each) => getRuntime(configuration, user.userId, each)?.namespace ?? []);
  const others = runtimesOfProvider(configuration, user.userId, runtime.provider ?? "")
    .filter(({ runtimeId }) => runtimeId !== runtime.runtimeId && !joinedIds.includes(runtimeId))
    .flatMap(({ namespace }) => namespace ?? []);
  return new VersionHistory(context, {
    namespace: runtime.namespace,
    joined,
    others,
    imports: importsBefore(finished, run),
  });
}

/** Puts the new rows in the place of the old ones, unless they are the same. */
function takeRows(
  context: ImportContext,
  importId: ImportId,
  madeId: ImportId,
  result: RebuiltReferences,
): void {
  const { configuration } = context.storage;
  const { userId } = context.user;
  result.references += countRows(configuration, userId, madeId);
  const isSame =
    hasSameRows(configuration, "import_references", referenceColumns, userId, importId, madeId) &&
    hasSameRows(configuration, "import_attachments", attachmentColumns, userId, importId, madeId);
  if (isSame) return;
  result.differences.push(`references of ${importId}`);
  configuration.transaction((writer) => {
    deleteReferencesOfImport(writer, userId, importId);
    for (const table of ["import_references", "import_attachments"]) {
      writer.run(
        `UPDATE ${table} SET import_id = ? WHERE user_id = ? AND import_id = ?`,
        importId,
        userId,
        madeId,
      );
    }
  });
}

function hasSameRows(
  reader: ConfigurationReader,
  table: "import_references" | "import_attachments",
  columns: string,
  userId: string,
  one: ImportId,
  other: ImportId,
): boolean {
  const rows = `SELECT ${columns} FROM ${table} WHERE user_id = ? AND import_id = ?`;
  const isWithin = (left: ImportId, right: ImportId): boolean =>
    reader.get(`${rows} EXCEPT ${rows} LIMIT 1`, userId, left, userId, right) === undefined;
  return isWithin(one, other) && isWithin(other, one);
}

function countRows(reader: ConfigurationReader, userId: string, importId: ImportId): number {
  const sql = "SELECT count(*) AS rows FROM import_references WHERE user_id = ? AND import_id = ?";
  return Number(reader.get(sql, userId, importId)?.["rows"] ?? 0);
}

/** Puts the new pack in the place of the old one, unless they are the same. @returns true when there was one that differed */
async function takePack(context: ImportContext, importId: ImportId, madePath: string): Promise<boolean> {
  const { files, root } = context.storage;
  const packs = absolutePath(root, layout.packs(context.user));
  const path = join(packs, stagedNames.pack(importId));
  const [made, there] = [await hashOf(files, madePath), await hashOf(files, path)];
  if (made === there) return false;
  try {
    makeDurableDirectory(files, packs);
    if (made === undefined) files.remove(path);
    else files.rename(madePath, path);
    files.syncDirectory(packs);
  } catch (error) {
    throw storageError(error, "replace", path);
  }
  return there !== undefined;
}

async function hashOf(files: FilePort, path: string): Promise<string | undefined> {
  if (files.status(path) === undefined) return undefined;
  const file = files.open(path, "read");
  try {
    return await hashFile(file);
  } finally {
    file.close();
  }
}
