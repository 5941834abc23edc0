import type { DoctorReport, RebuildReport, RepairReport, VerifyReport } from "@chatty/store";
import { count, countOf, listing } from "./phrases.ts";
import { oneLine } from "./plain-text.ts";
import type { Style } from "./style.ts";

const shownItems = 20;

export function renderVerify(report: VerifyReport, style: Style): string {
  const { sessions, records, archives, references } = report.checked;
  const checked = listing([
    countOf(sessions, "conversation"),
    countOf(records, "record"),
    countOf(archives, "archive"),
    countOf(references, "reference"),
  ]);
  const edited = editedLines(report.edited ?? []);
  if (report.ok) return [`${style.good("All is well")}: ${checked} checked.`, ...edited, ""].join("\n");
  return [
    `${style.bad(countOf(report.problems.length, "problem"))}; ${checked} checked.`,
    ...problemLines(report.problems, style),
    style.hint("`chatty repair --dry-run` tells what can be done."),
    ...edited,
    "",
  ].join("\n");
}

function editedLines(paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const what = `${countOf(paths.length, "edited file")} set aside beside the fresh one; keep or remove as you like:`;
  return [what, ...limited(paths, (path) => `  ${oneLine(path)}`)];
}

export function renderRepair(report: RepairReport, isDryRun: boolean, style: Style): string {
  const { remaining } = report;
  const lines = [
    `${countOf(report.recovered, "record or file", "records and files")} ${isDryRun ? "would be saved or made again" : "saved or made again"}.`,
  ];
  if (report.lost.length > 0) {
    lines.push(style.bad(`${countOf(report.lost.length, "place")} cannot be read:`));
    lines.push(...limited(report.lost, ({ path, from, to }) => `  ${oneLine(path)} bytes ${from} to ${to}`));
  }
  if (report.quarantined.length > 0) {
    lines.push(`Set apart in quarantine/, byte for byte:`);
    lines.push(...limited(report.quarantined, (path) => `  ${oneLine(path)}`));
  }
  if (remaining.length > 0) {
    const verb = isDryRun ? "would be left" : "left";
    lines.push(style.bad(`${countOf(remaining.length, "problem")} ${verb} that cannot be mended here:`));
    lines.push(...problemLines(remaining, style));
    lines.push(
      "Put what is named back from a backup, or import the export it came from again. docs/guides/errors.md explains each code.",
    );
  }
  const isIdle = report.recovered === 0 && report.lost.length === 0 && report.quarantined.length === 0;
  if (!isIdle) {
    lines.push(style.hint(isDryRun ? "`chatty repair` does it." : "`chatty verify` checks the result."));
  }
  lines.push("");
  return lines.join("\n");
}

export function renderRebuild(report: RebuildReport, style: Style): string {
  const made = Object.entries(report.rebuilt).map(([kind, value]) => `${count(value)} ${oneLine(kind)}`);
  const lines = [`Made again: ${made.length === 0 ? "nothing" : listing(made)}.`];
  if (report.identical) lines.push(style.good("Everything equals what was there."));
  else {
    lines.push(`${countOf(report.differences.length, "difference")} from what was there:`);
    lines.push(...limited(report.differences, (difference) => `  ${oneLine(difference)}`));
  }
  lines.push("");
  return lines.join("\n");
}

export function renderDoctor(report: DoctorReport, style: Style): string {
  const lines = report.checks.flatMap((check) => [
    `${check.ok ? style.good("ok  ") : style.bad("FAIL")}  ${style.strong(oneLine(check.name))}: ${oneLine(check.message)}`,
    ...(check.ok || check.hint === undefined ? [] : [`      ${style.hint(oneLine(check.hint))}`]),
  ]);
  const failed = report.checks.filter((check) => !check.ok).length;
  lines.push(
    "",
    report.ok ? style.good("All is well.") : style.bad(`${countOf(failed, "check")} failed.`),
    "",
  );
  return lines.join("\n");
}

function problemLines(problems: VerifyReport["problems"], style: Style): string[] {
  return limited(problems, (problem) => {
    const span = problem.from === undefined ? "" : ` bytes ${problem.from} to ${problem.to ?? "the end"}`;
    return `  ${style.accent(problem.code)}  ${oneLine(problem.path)}${span}: ${style.hint(oneLine(problem.message))}`;
  });
}

function limited<Item>(items: readonly Item[], render: (item: Item) => string): string[] {
  const lines = items.slice(0, shownItems).map(render);
  if (items.length > shownItems) {
    lines.push(`  … and ${count(items.length - shownItems)} more; --json lists them all`);
  }
  return lines;
}
