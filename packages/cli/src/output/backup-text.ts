import type { BackupList, BackupView, MergeReport, RestoreReport, ThinReport } from "@chatty/store";
import { countOf, instant, listing, size } from "./phrases.ts";
import { oneLine } from "./plain-text.ts";
import type { Style } from "./style.ts";

const shownProblems = 20;

export function renderBackup(backup: BackupView & { thinned?: ThinReport }, style: Style): string {
  const { files, bytes, newBytes, path, backupId, thinned } = backup;
  const lines = [
    `${countOf(files, "file")} with ${size(bytes)} backed up to ${oneLine(path)}; ${size(newBytes)} of it is new.`,
    `${style.hint(backupId)}  ${tested(backup, style)}`,
    ...problemLines([...backup.problems, ...(backup.test?.problems ?? [])], style),
  ];
  if (thinned !== undefined && thinned.removed.length > 0) {
    lines.push(
      `${countOf(thinned.removed.length, "older backup")} taken away; ${size(thinned.freedBytes)} freed.`,
    );
  }
  return [...lines, ""].join("\n");
}

export function renderBackups(list: BackupList, style: Style): string {
  if (list.backups.length === 0 && list.unreadable.length === 0) {
    return `There is no backup in ${oneLine(list.path)}.\n${style.hint("`chatty backup DIR` takes one.")}\n`;
  }
  const lines = list.backups.map(
    (backup) =>
      `${style.strong(backup.backupId)}  ${instant(backup.at)}  ${size(backup.bytes)}  ${countOf(backup.sessions, "conversation")}  ${tested(backup, style)}`,
  );
  for (const { backupId, code, message } of list.unreadable) {
    lines.push(`${style.strong(backupId)}  ${style.bad(code)}  ${oneLine(message)}`);
  }
  return [...lines, ""].join("\n");
}

export function renderRestore(report: RestoreReport, isDryRun: boolean, style: Style): string {
  const { files, bytes, sessions, path, at } = report;
  const held = `${countOf(files, "file")} with ${size(bytes)} and ${countOf(sessions, "conversation")}, as of ${instant(at)}`;
  const verb = isDryRun ? "would be restored" : "restored";
  const lines = [`${held}, ${verb} to ${oneLine(path)}.`];
  if (report.verified) lines.push(style.good("Every byte was verified."));
  return [...lines, ...problemLines(report.problems, style), ""].join("\n");
}

export function renderMerge(report: MergeReport, isDryRun: boolean, style: Style): string {
  const { added } = report;
  const counts = [
    countOf(added.sessions, "conversation"),
    countOf(added.records, "record"),
    countOf(added.imports, "import"),
    countOf(added.files, "file"),
    countOf(added.rows, "row of the configuration", "rows of the configuration"),
  ];
  const verb = isDryRun ? "Would be added" : "Added";
  const lines = [`${verb} to ${oneLine(report.path)}: ${listing(counts)}.`];
  return [...lines, ...problemLines(report.problems, style), ""].join("\n");
}

function tested(backup: BackupView, style: Style): string {
  if (backup.test === undefined) return style.hint("not tested");
  return backup.verified ? style.good("tested") : style.bad("the test failed");
}

function problemLines(problems: BackupView["problems"], style: Style): string[] {
  const lines = problems
    .slice(0, shownProblems)
    .map(({ code, path, message }) => `  ${style.accent(code)}  ${oneLine(path)}: ${oneLine(message)}`);
  if (problems.length > shownProblems) lines.push("  …; --json lists them all");
  return lines;
}
