import { readUpTo } from "../files/write-all.ts";
import { absolutePath, layout } from "../files/layout.ts";
import { quarantineBytes } from "../files/quarantine.ts";
import { setMemoryAside } from "../recall/verify-memory.ts";
import { salvageSelections } from "../repair/salvage-selections.ts";
import { salvageVault } from "../repair/salvage-vault.ts";
import type { RepairReport } from "../views.ts";
import { derivedStreams } from "./event-files.ts";
import { examineChain } from "./examine-journal.ts";
import { rebuildVault } from "./rebuild.ts";
import type { UserSpace } from "./user-space.ts";
import type { VaultStorage } from "./vault-storage.ts";
import { fileOnDisk } from "./file-on-disk.ts";
import { verifyVault } from "./verify.ts";

/** Derived data that a problem is about, and that can simply be made again. */
const derivedCodes = new Set([
  "CATALOG_DAMAGED",
  "CATALOG_STALE",
  "EVENTS_CHANGED",
  "EVENTS_MISSING",
  "MIRROR_CHANGED",
  "MIRROR_MISSING",
  "TRANSCRIPT_MISSING",
  "TRANSCRIPT_CHANGED",
  "SESSION_ORPHANED",
  "VIEW_MISSING",
  "VIEW_CHANGED",
  "PACK_DAMAGED",
  "PACK_MISSING",
  "PACK_UNREADABLE",
  "REFERENCES_MISSING",
  "REFERENCE_DAMAGED",
]);

/**
 * Mends what can be mended without inventing anything. Damaged journals and selections are saved record by record into new files, and
 * the damaged ones are kept in quarantine; torn tails that were never acknowledged are cut, and kept there, too; derived files are
 * made again. What is lost is reported by its bytes. A sound vault stays as it is, byte for byte.
 */
export async function repairVault(
  storage: VaultStorage,
  spaces: readonly UserSpace[],
  dryRun: boolean,
): Promise<RepairReport> {
  const report: RepairReport = { recovered: 0, lost: [], quarantined: [], remaining: [] };
  await storage.checkpoint();
  const salvaged = await salvageVault(storage, spaces, dryRun, report);
  for (const space of spaces) {
    const path = await salvageSelections(storage, space, dryRun, report);
    if (path !== undefined) salvaged.add(path);
  }
  if (salvaged.size > 0 && !dryRun) await rebuildVault(storage, spaces, "all");
  for (const space of spaces) {
    if (!dryRun) report.quarantined.push(...setMemoryAside(storage, space, Date.now()));
    for (const { constructId, sessionId } of space.sessionFolders()) {
      repairTail(storage, layout.journal(space.context.user, constructId, sessionId), true, dryRun, report);
    }
    repairTail(storage, layout.events(space.context.user, "runtime_selections"), false, dryRun, report);
  }
  const verified = await verifyVault(storage, spaces);
  for (const path of derivedEventFiles(spaces)) {
    // Beside a damaged journal they are not made again, and are saved like one.
    const isSaved = verified.problems.some(
      (problem) => problem.path === path && !derivedCodes.has(problem.code),
    );
    if (isSaved) repairTail(storage, path, false, dryRun, report);
  }
  const derived = verified.problems.filter((problem) => derivedCodes.has(problem.code));
  report.recovered += derived.length;
  if (derived.length > 0 && !dryRun) await rebuildVault(storage, spaces, "all");
  report.remaining = dryRun
    ? verified.problems.filter(({ code, path }) => !derivedCodes.has(code) && !salvaged.has(path))
    : (await verifyVault(storage, spaces)).problems;
  return report;
}

function derivedEventFiles(spaces: readonly UserSpace[]): string[] {
  return spaces.flatMap((space) => derivedStreams.map((stream) => layout.events(space.context.user, stream)));
}

function repairTail(
  storage: VaultStorage,
  path: string,
  header: boolean,
  dryRun: boolean,
  report: RepairReport,
): void {
  const source = fileOnDisk(storage, path);
  if (source === undefined) return;
  const examined = (() => {
    try {
      return examineChain(source, { header });
    } finally {
      source.close();
    }
  })();
  const durable = storage.configuration.mark(path)?.length ?? 0;
  for (const fault of examined.faults) {
    // What was acknowledged is not cut but saved; where that was not possible, `verify` goes on telling of it.
    if (fault.followed || fault.from < durable) continue;
    report.recovered += 1;
    if (dryRun) continue;
    const file = storage.files.open(absolutePath(storage.root, path), "update");
    try {
      const tail = readUpTo(file, fault.from, source.length - fault.from);
      const note = { path, from: fault.from, to: source.length, reason: "torn tail", at: Date.now() };
      report.quarantined.push(quarantineBytes(storage.files, storage.root, note, tail));
      file.truncate(fault.from);
      file.syncNow();
      storage.appended.forget(path);
    } finally {
      file.close();
    }
  }
}
