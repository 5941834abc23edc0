import { exportReader } from "@chatty/importers";
import {
  backupVault,
  defaultBackupFolder,
  hasVault,
  keepByDefault,
  listBackups,
  mergeBackup,
  restoreBackup,
  testBackupOf,
} from "@chatty/store";
import type { BackupProgress } from "@chatty/store";
import type { BareContext, CommandContext, ExitCode } from "../command-context.ts";
import type { CommandDescription } from "../command-description.ts";
import { hasFlag, numberOption, requireArgument, textOption, usageError } from "../invocation.ts";
import { renderBackup, renderBackups, renderMerge, renderRestore } from "../output/backup-text.ts";

const phaseLabels: Readonly<Record<BackupProgress["phase"], string>> = {
  copy: "Copying",
  restore: "Restoring",
  verify: "Verifying",
  merge: "Merging",
};

const keepOptions = ["hourly", "daily", "monthly"] as const;

const backupCommand: CommandDescription = {
  words: ["backup"],
  summary: "Back the vault up while work goes on; what the folder has already is not copied again.",
  details: [
    "The backup is tested at once: restored into a scratch folder, every hash proven, opened and verified. It counts only when",
    "its manifest is written, which comes last: a backup that was cut short is none, and the ones before it stay as they are.",
    "Exit code 3 means that something in the vault or in the backup is not as it should be; it is listed.",
  ],
  arguments: [{ name: "DIR", summary: "Folder of the backups, best on another disk.", kind: "path" }],
  options: [
    { name: "untested", summary: "Do not restore and verify it in a scratch folder afterwards." },
    ...keepOptions.map((span) => ({
      name: `keep-${span}`,
      value: "N",
      kind: "count" as const,
      min: 0,
      max: 100_000,
      summary: `Thin the folder: keep ${span} backups for this many; ${keepByDefault[span]} when another one is given.`,
    })),
    { name: "yes", summary: "Thin although the vault has become less than half of what it was." },
  ],
  examples: [
    {
      line: "backup /media/disk/chatty",
      says: "again and again into the same folder: only what is new is written",
    },
    { line: "backup /media/disk/chatty --keep-daily 14", says: "and take away what is older and not needed" },
  ],
  json: '`{"path","backupId","environment","at","files","bytes","newBytes","sessions","manifestHash","verified":bool,"test"?,"problems":[{"code","path","message"}],"thinned"?:{"removed":[id…],"removedObjects","freedBytes"}}`',
  onOwnerLoss: "repeat",
  async run(context) {
    const { vault, output, invocation, signal } = context;
    const isThinned = keepOptions.some((span) => numberOption(invocation, `keep-${span}`) !== undefined);
    const keep = Object.fromEntries(
      keepOptions.map((span) => [span, numberOption(invocation, `keep-${span}`) ?? keepByDefault[span]]),
    ) as unknown as typeof keepByDefault;
    const backup = await backupVault(vault, requireArgument(invocation, 0), {
      test: !hasFlag(invocation, "untested"),
      ...(isThinned ? { keep, confirmed: hasFlag(invocation, "yes") } : {}),
      signal,
      onProgress: (state) => showProgress(context, state),
    });
    await output.result(backup, (style) => renderBackup(backup, style));
    return backup.problems.length > 0 || backup.test?.ok === false ? 3 : 0;
  },
};

const restoreCommand: CommandDescription = {
  words: ["restore"],
  summary: "Restore a backup into a new home, or bring what is missing into an existing one.",
  details: [
    "A new home is put together and verified beside its place and moved there at once: a crash leaves nothing, or all of it.",
    "With --merge what the backup has and the vault lacks is added: conversations, messages, imports, settings. Nothing is",
    "overwritten; what both have stays as it is in the vault. Merging twice adds nothing.",
    "Exit code 3 means: done, with problems listed.",
  ],
  arguments: [{ name: "DIR", summary: "Folder of the backups.", kind: "path" }],
  options: [
    { name: "to", value: "HOME", kind: "path", summary: "Data home to restore into; must be given." },
    { name: "merge", summary: "Add what is missing to the vault that is there." },
    { name: "backup", value: "ID", summary: "One of `chatty backups DIR`; the newest when not given." },
    { name: "dry-run", summary: "Tell what would be there, change nothing." },
  ],
  examples: [
    { line: "restore /media/disk/chatty --to /tmp/restored", says: "a home that is new" },
    {
      line: "restore /media/disk/chatty --to /tmp/restored --merge --dry-run",
      says: "what a merge would add",
    },
  ],
  json: '`{"path","backupId","environment","at","files","bytes","sessions","manifestHash","verified":bool,"problems":[…]}`; with --merge also `"added":{…counts}`',
  onOwnerLoss: "repeat",
  check(invocation) {
    if (textOption(invocation, "to") === undefined) {
      throw usageError(
        "restore needs --to HOME.",
        "Name the data home to restore into; nothing is restored over another vault.",
      );
    }
  },
  placeOf(invocation) {
    const from = requireArgument(invocation, 0);
    const environment = chosenEnvironment(from, textOption(invocation, "backup"));
    const home = textOption(invocation, "to") ?? "";
    if (!hasVault(home, environment)) {
      throw usageError(
        `There is no vault in ${home} to merge into.`,
        "Leave --merge out: then it is restored as it is.",
      );
    }
    return { home, environment };
  },
  runAlone: (invocation) => (hasFlag(invocation, "merge") ? undefined : restore),
  async run(context) {
    const { vault, output, invocation, signal } = context;
    const backupId = textOption(invocation, "backup");
    const report = await mergeBackup(vault, requireArgument(invocation, 0), {
      ...(backupId === undefined ? {} : { backupId }),
      dryRun: hasFlag(invocation, "dry-run"),
      signal,
      onProgress: (state) => showProgress(context, state),
    });
    await output.result(report, (style) => renderMerge(report, hasFlag(invocation, "dry-run"), style));
    return report.problems.length > 0 ? 3 : 0;
  },
};

const backupsCommand: CommandDescription = {
  words: ["backups"],
  summary: "List backups, and which of them were tested.",
  arguments: [
    { name: "DIR", summary: "Folder of the backups; else the vault's own.", kind: "path", optional: true },
  ],
  options: [
    {
      name: "test",
      summary:
        "Test one first: restore it into a scratch folder, prove every hash, open it. The newest, or that of --backup.",
    },
    { name: "backup", value: "ID", summary: "The one to test." },
  ],
  examples: [
    { line: "backups", says: "those that are taken daily while `chatty serve` runs" },
    { line: "backups /media/disk/chatty --test", says: "whether the newest in a folder is still good" },
  ],
  json: '`{"path","backups":[{…as of backup}],"unreadable":[{"backupId","code","message"}]}`',
  onOwnerLoss: "repeat",
  isLeftWhenStopped: true,
  check(invocation) {
    if (textOption(invocation, "backup") !== undefined && !hasFlag(invocation, "test")) {
      throw usageError("--backup goes with --test.", "`chatty backups` lists all of them.");
    }
  },
  runAlone(invocation) {
    const [folder] = invocation.arguments;
    if (folder === undefined || hasFlag(invocation, "test")) return undefined;
    return (context) => tellBackups(context, folder);
  },
  async run(context: CommandContext) {
    const { vault, invocation, signal } = context;
    const folder = invocation.arguments[0] ?? defaultBackupFolder(vault);
    if (!hasFlag(invocation, "test")) return await tellBackups(context, folder);
    const backupId = textOption(invocation, "backup");
    const tested = await testBackupOf(vault, folder, {
      ...(backupId === undefined ? {} : { backupId }),
      signal,
      onProgress: (state) => showProgress(context, state),
    });
    const listed = await tellBackups(context, folder);
    return tested.verified ? listed : 3;
  },
};

async function restore(context: BareContext): Promise<ExitCode> {
  const { output, invocation, signal } = context;
  const backupId = textOption(invocation, "backup");
  const isDryRun = hasFlag(invocation, "dry-run");
  const report = await restoreBackup(
    {
      from: requireArgument(invocation, 0),
      home: textOption(invocation, "to") ?? "",
      ...(backupId === undefined ? {} : { backupId }),
      dryRun: isDryRun,
      signal,
      onProgress: (state) => showProgress(context, state),
    },
    exportReader,
  );
  await output.result(report, (style) => renderRestore(report, isDryRun, style));
  return report.problems.length > 0 ? 3 : 0;
}

async function tellBackups(context: BareContext, folder: string): Promise<ExitCode> {
  const list = listBackups(folder);
  await context.output.result(list, (style) => renderBackups(list, style));
  return list.unreadable.length > 0 ? 3 : 0;
}

/** A backup says itself which environment it is of. */
function chosenEnvironment(folder: string, backupId: string | undefined): string {
  const { backups } = listBackups(folder);
  const chosen = backups.findLast((backup) => backupId === undefined || backup.backupId === backupId);
  if (chosen !== undefined) return chosen.environment;
  throw usageError(
    backupId === undefined
      ? `There is no backup in ${folder}.`
      : `There is no backup ${backupId} in ${folder}.`,
    "`chatty backups DIR` lists what is there.",
  );
}

function showProgress({ output }: BareContext, { phase, bytesDone, bytesTotal }: BackupProgress): void {
  output.progress.show({ label: phaseLabels[phase], bytesDone, bytesTotal, conversations: 0 });
}

export const backupCommands: readonly CommandDescription[] = [backupCommand, restoreCommand, backupsCommand];
