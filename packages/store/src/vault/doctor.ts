import { layout, absolutePath } from "../files/layout.ts";
import { versionControlState } from "../files/version-control.ts";
import type { DoctorReport } from "../views.ts";
import type { VaultFile } from "./vault-file.ts";
import type { VaultStorage } from "./vault-storage.ts";

type Check = DoctorReport["checks"][number];

/** Below this, imports and backups soon fail. */
const comfortableBytes = 1024 ** 3;
const othersBits = 0o077;

/** Looks at everything around an open vault that could put it in danger. Changes nothing. */
export function examineVault(storage: VaultStorage, vault: VaultFile): DoctorReport {
  const checks: Check[] = [
    checkVersionControl(storage),
    checkPermissions(storage),
    checkDisk(storage),
    { name: "lock", ok: true, message: "This process owns the vault; nobody else can write to it." },
    {
      name: "versions",
      ok: true,
      message: `Vault format ${vault.format}, Node ${process.versions.node}, SQLite ${process.versions["sqlite"] ?? "unknown"}.`,
    },
    { name: "environment", ok: true, message: `The vault belongs to the environment ${vault.environment}.` },
    checkIntegrity(storage),
    checkRecovery(storage),
  ];
  return { ok: checks.every((check) => check.ok), checks };
}

function checkVersionControl(storage: VaultStorage): Check {
  const state = versionControlState(storage.files, storage.root);
  const name = "version-control";
  if (state.kind === "outside")
    return { name, ok: true, message: "The data home lies outside of version control." };
  if (state.kind === "ignored") {
    return { name, ok: true, message: `The data home lies in ${state.workTree}, which ignores it.` };
  }
  return {
    name,
    ok: false,
    message: `The data home lies in the git work tree ${state.workTree}.`,
    hint: "Move it elsewhere, or let git ignore it.",
  };
}

function checkPermissions(storage: VaultStorage): Check {
  const name = "permissions";
  const open = ["", layout.configuration, layout.log, "vvault", "imports", "catalog"].filter((relative) => {
    const status = storage.files.status(
      relative === "" ? storage.root : absolutePath(storage.root, relative),
    );
    return status !== undefined && process.platform !== "win32" && (status.mode & othersBits) !== 0;
  });
  if (open.length === 0) return { name, ok: true, message: "Only you can read the vault." };
  return {
    name,
    ok: false,
    message: `Others on this machine can read ${open.map((path) => path || "the vault").join(", ")}.`,
    hint: `Close it with: chmod -R go= ${storage.root}`,
  };
}

function checkDisk(storage: VaultStorage): Check {
  const free = storage.files.freeBytes(storage.root);
  const message = `${(free / 1024 ** 3).toFixed(1)} GiB are free on the disk of the vault.`;
  if (free >= comfortableBytes) return { name: "disk", ok: true, message };
  return { name: "disk", ok: false, message, hint: "Free some space before importing." };
}

function checkIntegrity(storage: VaultStorage): Check {
  const found = storage.configuration.checkIntegrity();
  if (found.length === 0) return { name: "integrity", ok: true, message: "The configuration is sound." };
  return {
    name: "integrity",
    ok: false,
    message: `The configuration is damaged: ${found.slice(0, 3).join("; ")}.`,
    hint: "Restore a backup, and run `chatty verify` for the rest.",
  };
}

function checkRecovery(storage: VaultStorage): Check {
  const name = "recovery";
  const lost = storage.notes.filter(({ code }) => code === "FILE_TRUNCATED" || code === "LOG_TAIL_LOST");
  if (lost.length > 0) {
    return {
      name,
      ok: false,
      message: `Acknowledged bytes are gone from ${lost.map((note) => note.path).join(", ")}.`,
      hint: "Restore a backup; what the log still held is in the quarantine folder.",
    };
  }
  if (storage.notes.length === 0)
    return { name, ok: true, message: "The vault was closed cleanly, or needed no mending." };
  const count = storage.notes.length;
  return {
    name,
    ok: true,
    message: `Opening mended ${count} unfinished writes; nothing acknowledged was lost.`,
  };
}
