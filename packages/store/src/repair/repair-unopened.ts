import { isChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { nodeFiles } from "../files/node-files.ts";
import type { FilePort } from "../files/port.ts";
import { readWholeFile } from "../files/write-all.ts";
import { acquireVaultLock } from "../files/vault-lock.ts";
import { listSegments, readSegment } from "../log/segment.ts";
import type { RepairReport } from "../views.ts";
import { openConfiguration } from "../workspace/database.ts";
import type { Configuration } from "../workspace/database.ts";
import { readVaultFile, vaultFormat, writeVaultFile } from "../vault/vault-file.ts";
import { checkVaultPlace, vaultRoot } from "../vault/vault-place.ts";
import { findSealedLines } from "./find-sealed-lines.ts";
import { keepOriginal } from "./keep-original.ts";
import { rebuildConfiguration } from "./rebuild-configuration.ts";
import { salvageLog } from "./salvage-log.ts";

/** Errors of opening that {@link repairUnopened} can do something about. */
export const unopenedRepairs = [
  "CONFIGURATION_CORRUPT",
  "CONFIGURATION_FOREIGN",
  "CONFIGURATION_MISSING",
  "LOG_DAMAGED",
  "LOG_MISSING",
  "VAULT_FILE_DAMAGED",
  "VAULT_FILE_MISSING",
] as const;

/**
 * Mends a vault that does not open: its description, its configuration, its commit log. What is damaged is kept in quarantine;
 * afterwards the vault is opened and repaired as usual. A vault that opens is left as it is.
 * @param error the code with which opening refused.
 * @throws {ChattyError} VAULT_BUSY, and whatever says that the place, the version or the disk is the trouble
 */
export function repairUnopened(
  home: string,
  environment: string,
  error: string,
  drivers: { files?: FilePort; now?: () => number } = {},
): RepairReport {
  const files = drivers.files ?? nodeFiles();
  const at = (drivers.now ?? Date.now)();
  const root = vaultRoot(home, environment);
  const report: RepairReport = { recovered: 0, lost: [], quarantined: [], remaining: [] };
  if (!unopenedRepairs.some((code) => code === error)) return report;
  checkVaultPlace(files, root);
  const lock = acquireVaultLock(absolutePath(root, layout.lockFile));
  try {
    const vaultId = mendVaultFile(files, root, environment, at, report);
    if (vaultId === undefined) return report;
    const configuration = mendConfiguration(files, root, at, report);
    try {
      if (error.startsWith("LOG_")) salvageLog({ files, root, vaultId, configuration, report, at });
      else coverLog(files, root, configuration);
    } finally {
      configuration.close();
    }
    return report;
  } finally {
    lock.release();
  }
}

/** @returns id of the vault; undefined when nothing tells it. */
function mendVaultFile(
  files: FilePort,
  root: string,
  environment: string,
  at: number,
  report: RepairReport,
): string | undefined {
  const path = absolutePath(root, layout.vaultFile);
  try {
    const described = readVaultFile(files, path, environment);
    if (described !== undefined) return described.vaultId;
  } catch (error) {
    if (!isChattyError(error, "VAULT_FILE_DAMAGED")) throw error;
  }
  const vaultId = vaultIdOfLog(files, root);
  if (vaultId === undefined) {
    const message = "no log file says which vault this is";
    report.remaining.push({ code: "VAULT_FILE_DAMAGED", path: layout.vaultFile, message });
    return undefined;
  }
  const bytes = readWholeFile(files, path);
  if (bytes !== undefined) {
    const file = { path: layout.vaultFile, bytes };
    report.quarantined.push(keepOriginal(files, root, file, "damaged description", at));
  }
  // When it was made is the one thing that nothing else tells.
  writeVaultFile(files, path, { format: vaultFormat, vaultId, environment, createdAt: at });
  report.recovered += 1;
  return vaultId;
}

function vaultIdOfLog(files: FilePort, root: string): string | undefined {
  const directory = absolutePath(root, layout.log);
  for (const number of listSegments(files, directory)) {
    const bytes = readWholeFile(files, absolutePath(directory, `${number}.jsonl`)) ?? Buffer.alloc(0);
    for (const { body } of findSealedLines(bytes).lines) {
      if (typeof body["vaultId"] === "string") return body["vaultId"];
    }
  }
  return undefined;
}

function mendConfiguration(files: FilePort, root: string, at: number, report: RepairReport): Configuration {
  const path = absolutePath(root, layout.configuration);
  if (files.status(path) !== undefined) {
    try {
      const configuration = openConfiguration(path);
      try {
        configuration.appliedSeq();
        if (configuration.checkIntegrity().length === 0) return configuration;
      } catch (error) {
        configuration.close();
        throw error;
      }
      configuration.close();
    } catch (error) {
      const isDamaged =
        isChattyError(error, "CONFIGURATION_CORRUPT") || isChattyError(error, "CONFIGURATION_FOREIGN");
      if (!isDamaged) throw error;
    }
  }
  for (const suffix of ["", "-wal", "-shm"]) {
    const name = `${layout.configuration}${suffix}`;
    const bytes = readWholeFile(files, absolutePath(root, name));
    if (bytes === undefined) continue;
    if (bytes.length > 0) {
      report.quarantined.push(keepOriginal(files, root, { path: name, bytes }, "damaged configuration", at));
    }
    files.remove(absolutePath(root, name));
  }
  files.syncDirectory(root);
  files.open(path, "create").close();
  const configuration = openConfiguration(path);
  const rebuilt = rebuildConfiguration(configuration, { files, root, at, report });
  report.recovered += Object.values<number>({ ...rebuilt }).reduce((sum, count) => sum + count, 0);
  return configuration;
}

/** A configuration that knows nothing of the log begins where the log begins: what stands in it is applied when the vault opens. */
function coverLog(files: FilePort, root: string, configuration: Configuration): void {
  if (configuration.checkpointSeq() >= 0) return;
  const directory = absolutePath(root, layout.log);
  const [first] = listSegments(files, directory);
  if (first === undefined) return;
  const begin = readSegment(files, directory, first).header?.first ?? 1;
  configuration.setCheckpoint(begin - 1, []);
}
