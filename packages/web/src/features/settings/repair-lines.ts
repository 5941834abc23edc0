import { formatAmount, formatBytes } from "../../ui/format.ts";
import { isRecord, listOf, numberOf, textOf } from "./report-values.ts";

/** What a repair did, in lines for people: what was saved, what is lost and where, what was set aside, what is left to do. */
export function repairLines(report: Record<string, unknown>): { isGood: boolean; lines: string[] } {
  const recovered = numberOf(report["recovered"]);
  const lost = listOf(report["lost"]).filter(isRecord);
  const aside = listOf(report["quarantined"]).map(textOf);
  const remaining = listOf(report["remaining"]).filter(isRecord);
  if (recovered === 0 && lost.length === 0 && remaining.length === 0) {
    return { isGood: true, lines: ["There was nothing to mend. Nothing was changed."] };
  }
  const lines = [`${formatAmount(recovered, "thing")} saved or made again.`];
  for (const range of lost) {
    const [from, to] = [numberOf(range["from"]), numberOf(range["to"])];
    lines.push(`Lost: ${formatBytes(to - from)} of ${textOf(range["path"])}, bytes ${from} to ${to}.`);
  }
  if (aside.length > 0) lines.push(`The originals are kept: ${aside.join(", ")}.`);
  for (const problem of remaining) {
    lines.push(`Still wrong: ${textOf(problem["message"])} (${textOf(problem["path"])})`);
  }
  if (lost.length > 0 || remaining.length > 0) {
    lines.push("A backup, or the export it came from, may still have what is lost: restore or import it.");
  }
  return { isGood: lost.length === 0 && remaining.length === 0, lines };
}
