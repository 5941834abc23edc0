import type { ImportId, Sha256 } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { stagedNames } from "../imports/staging.ts";
import { nextOrdinal } from "../imports/session-pages.ts";
import type { UserSpace } from "../vault/user-space.ts";
import type { ColumnValue } from "../workspace/changes.ts";
import type { ConfigurationReader } from "../workspace/connection.ts";
import { importChange, listImports } from "../workspace/imports.ts";
import type { ImportRow } from "../workspace/imports.ts";
import { getRuntime } from "../workspace/runtimes.ts";
import type { BackupProblem } from "./backup-manifest.ts";
import { addFile } from "./merge-files.ts";

export interface ImportMerge {
  from: UserSpace;
  into: UserSpace | undefined;
  dryRun: boolean;
  tell: (problem: BackupProblem) => void;
}

/**
 * Adds the finished imports that the vault lacks, behind its own: their rows, what was derived of them, and their packs. An archive
 * that the vault has imported itself is not imported twice. Archives were added before.
 * @returns imports added, or that would be.
 */
export async function mergeImports(merge: ImportMerge): Promise<number> {
  const { from, into, dryRun, tell } = merge;
  const theirs = from.context.storage.configuration;
  const ours = into?.context.storage.configuration;
  const { userId } = from.context;
  const known = ours === undefined ? [] : listImports(ours, userId, "finished");
  const ids = new Set<ImportId>(known.map(({ importId }) => importId));
  const archives = new Set<Sha256>(known.map(({ archiveSha256 }) => archiveSha256));
  let added = 0;
  for (const run of finished(theirs, from)) {
    if (ids.has(run.importId) || (archives.has(run.archiveSha256) && run.supersededBy === undefined))
      continue;
    const isOther = ours !== undefined && isOtherRuntime(theirs, ours, run, userId, dryRun);
    if (isOther) {
      const message = `runtime ${run.runtimeId ?? ""} is another one here; import the archive again to see it`;
      tell({
        code: "MERGE_RUNTIME_DIFFERS",
        path: layout.archive(from.context.user, run.archiveSha256),
        message,
      });
      continue;
    }
    added += 1;
    if (dryRun || into === undefined || ours === undefined) continue;
    await addPack(from, into, run.importId);
    copyReferences(theirs, into, run.importId);
    await into.sessions.commit(() => {
      // The vault may have imported something meanwhile.
      const ordinal = nextOrdinal(ours, userId);
      return [{ kind: "configure", change: importChange(userId, { ...run, ordinal }) }];
    });
  }
  return added;
}

function finished(reader: ConfigurationReader, space: UserSpace): ImportRow[] {
  return listImports(reader, space.context.userId, "finished").sort(
    (left, right) => (left.ordinal ?? 0) - (right.ordinal ?? 0),
  );
}

/** Ids of imported conversations are made in the namespace of their runtime: in another one they would be others. */
function isOtherRuntime(
  theirs: ConfigurationReader,
  ours: ConfigurationReader,
  run: ImportRow,
  userId: UserSpace["context"]["userId"],
  dryRun: boolean,
): boolean {
  if (run.runtimeId === undefined) return true;
  const own = getRuntime(ours, userId, run.runtimeId);
  // In a dry run the row that would be added is not there yet.
  if (own === undefined) return !dryRun;
  return own.namespace !== getRuntime(theirs, userId, run.runtimeId)?.namespace;
}

async function addPack(from: UserSpace, into: UserSpace, importId: ImportId): Promise<void> {
  const path = `${layout.packs(from.context.user)}/${stagedNames.pack(importId)}`;
  const source = from.context.storage;
  if (source.files.status(absolutePath(source.root, path)) === undefined) return;
  await addFile(into.context.storage, absolutePath(source.root, path), path);
}

/** Rows that are derived from archive and pack, as they are: making them again would need the archive to be read whole. */
function copyReferences(from: ConfigurationReader, into: UserSpace, importId: ImportId): void {
  const { userId, storage } = into.context;
  storage.configuration.transaction((writer) => {
    for (const table of ["import_references", "import_attachments"]) {
      writer.run(`DELETE FROM ${table} WHERE user_id = ? AND import_id = ?`, userId, importId);
      for (const row of from.iterate(
        `SELECT * FROM ${table} WHERE user_id = ? AND import_id = ?`,
        userId,
        importId,
      )) {
        const names = Object.keys(row);
        const places = names.map(() => "?").join(", ");
        const values = names.map((name): ColumnValue => row[name] ?? null);
        writer.run(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${places})`, ...values);
      }
    }
  });
}
