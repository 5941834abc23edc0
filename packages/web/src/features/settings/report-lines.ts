import type { Job } from "@chatty/server/api";
import { formatAmount } from "../../ui/format.ts";
import { repairLines } from "./repair-lines.ts";
import { isRecord, listOf, numberOf, textOf } from "./report-values.ts";

/** What a verification, a repair or a rebuild found, in lines for people. A report of an unknown shape is said to be unreadable, not good. */
export function reportLines(job: Job): { isGood: boolean; lines: string[] } {
  if (job.state === "cancelled") return { isGood: false, lines: ["It was called off."] };
  if (job.state === "failed" || job.error !== undefined) {
    const lines = [job.error?.message ?? "It failed; the reason is not known."];
    if (job.error?.hint !== undefined) lines.push(job.error.hint);
    return { isGood: false, lines };
  }
  const { report } = job;
  if (job.kind === "rebuild") return { isGood: true, lines: ["Everything derived was made again."] };
  if (job.kind === "repair" && isRecord(report) && typeof report["recovered"] === "number") {
    return repairLines(report);
  }
  if (!isRecord(report) || typeof report["ok"] !== "boolean") {
    return { isGood: false, lines: ["It ended without a report that this page can read."] };
  }
  const problems = listOf(report["problems"]).filter(isRecord);
  const checked = isRecord(report["checked"]) ? report["checked"] : {};
  const lines = [
    report["ok"]
      ? `Everything is as it was written: ${countsOf(checked)}.`
      : `${formatAmount(problems.length, "problem")} in ${countsOf(checked)}.`,
    ...problems.map((problem) => `${textOf(problem["message"])} (${textOf(problem["path"])})`),
  ];
  if (!report["ok"]) lines.push("Repair mends what can be mended and keeps the rest aside.");
  return { isGood: report["ok"], lines };
}

function countsOf(checked: Record<string, unknown>): string {
  const sessions = numberOf(checked["sessions"]);
  const records = numberOf(checked["records"]);
  const archives = numberOf(checked["archives"]);
  return [
    formatAmount(sessions, "conversation"),
    formatAmount(records, "record"),
    formatAmount(archives, "export"),
  ].join(", ");
}
