// `chatty doctor` for a vault that does not open: the check that failed, and those that can be judged from outside.
import { join } from "node:path";
import type { DoctorReport } from "@chatty/store";
import type { ExitCode, UnopenedContext } from "../command-context.ts";
import { canonicalPath, examineFolder, freeBytes } from "../local-files.ts";
import type { ErrorReport } from "../output/error-report.ts";
import { renderDoctor } from "../output/maintenance-text.ts";
import { size } from "../output/phrases.ts";

type Check = DoctorReport["checks"][number];

/** Names of the checks in the order of the report. */
const reportOrder = [
  "version-control",
  "permissions",
  "disk",
  "lock",
  "versions",
  "environment",
  "integrity",
] as const;
type CheckName = (typeof reportOrder)[number];

/** In the order in which opening a vault comes to them. */
const stages: readonly CheckName[] = [
  "version-control",
  "permissions",
  "versions",
  "environment",
  "lock",
  "integrity",
];

/** Which check an error of opening belongs to; what is not here is about what the vault holds. */
const checkOfCode: Readonly<Record<string, CheckName>> = {
  HOME_IN_VERSION_CONTROL: "version-control",
  HOME_NOT_A_FOLDER: "permissions",
  HOME_NOT_PRIVATE: "permissions",
  NOT_WRITABLE: "permissions",
  SYMBOLIC_LINK: "permissions",
  VAULT_READ_ONLY: "permissions",
  CONFIGURATION_UNREADABLE: "permissions",
  DISK_FULL: "disk",
  STORAGE_FAULT: "disk",
  STORAGE_IN_DOUBT: "disk",
  TOO_MANY_FILES: "disk",
  WRITE_NOT_VERIFIED: "disk",
  CONFIGURATION_TOO_NEW: "versions",
  CONFIGURATION_TOO_OLD: "versions",
  LOG_FORMAT_UNKNOWN: "versions",
  OWNER_VERSION: "versions",
  VAULT_FORMAT_UNKNOWN: "versions",
  ENVIRONMENT_MISMATCH: "environment",
  CONFIGURATION_BUSY: "lock",
  LOCK_LOST: "lock",
  OWNER_LOST: "lock",
  VAULT_BUSY: "lock",
};

/** Stages that an error tells to have been passed, where it comes later than its check does. */
const reachedByCode: Readonly<Record<string, CheckName>> = {
  CONFIGURATION_TOO_NEW: "integrity",
  CONFIGURATION_TOO_OLD: "integrity",
  CONFIGURATION_UNREADABLE: "integrity",
  LOG_FORMAT_UNKNOWN: "integrity",
  VAULT_FILE_DAMAGED: "versions",
};

export async function tellUnopened(context: UnopenedContext): Promise<ExitCode> {
  const report = await examineUnopened(context.home, context.environment, context.error);
  await context.output.result(report, (style) => renderDoctor(report, style));
  return 3;
}

async function examineUnopened(home: string, environment: string, error: ErrorReport): Promise<DoctorReport> {
  const root = join(home, environment);
  if (await isNoFolder(home)) return { ok: false, checks: [noFolder(home)] };
  const failing = checkOfCode[error.code] ?? "integrity";
  const reached = stages.findIndex((stage) => stage === (reachedByCode[error.code] ?? failing));
  const passed = (stage: CheckName): boolean => stages.findIndex((each) => each === stage) < reached;
  const found: (Check | undefined)[] = [
    passed("version-control")
      ? well("version-control", "The data home is safe from version control.")
      : undefined,
    await checkFolder(root),
    await checkDisk(root),
    passed("lock") ? well("lock", "No other process owns the vault.") : undefined,
    passed("versions")
      ? well("versions", `This Chatty knows the format of the vault; Node ${process.versions.node}.`)
      : undefined,
    passed("environment")
      ? well("environment", `The vault belongs to the environment ${environment}.`)
      : undefined,
  ];
  const failed: Check = {
    name: failing,
    ok: false,
    message: `${error.message} (${error.code})`,
    hint: error.hint,
  };
  const others = found.filter((check) => check !== undefined).filter(({ name }) => name !== failing);
  const checks = reportOrder.flatMap((wanted) => [failed, ...others].filter(({ name }) => name === wanted));
  return { ok: false, checks };
}

async function isNoFolder(home: string): Promise<boolean> {
  // A link to a folder is one here: only the vault inside it must be no link.
  return (await examineFolder(await canonicalPath(home)))?.isFolder === false;
}

function noFolder(path: string): Check {
  const message = `${path} is not a folder.`;
  return { name: "permissions", ok: false, message, hint: "Name another home with --home." };
}

async function checkFolder(root: string): Promise<Check | undefined> {
  const facts = await examineFolder(root);
  if (facts === undefined) return undefined;
  if (facts.isFolder && facts.isPrivate) return well("permissions", "Only you can enter the vault.");
  if (!facts.isFolder) return noFolder(root);
  const message = `Others on this machine can enter ${root}.`;
  return { name: "permissions", ok: false, message, hint: `Close it with: chmod -R go= ${root}` };
}

async function checkDisk(root: string): Promise<Check | undefined> {
  const free = await freeBytes(root);
  if (free === undefined) return undefined;
  const message = `${size(free)} are free on the disk of the vault.`;
  if (free >= 1e9) return well("disk", message);
  return { name: "disk", ok: false, message, hint: "Free some space before importing." };
}

function well(name: CheckName, message: string): Check {
  return { name, ok: true, message };
}
