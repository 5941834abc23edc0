import type { LegacyMigrationReport } from "@chatty/store";
import { count, countOf, duration, listing, size } from "./phrases.ts";
import { oneLine } from "./plain-text.ts";
import type { Style } from "./style.ts";

const shownItems = 20;

/** A migration for people: what was found, what became of it, and everything that a person should look at. */
export function renderMigration(report: LegacyMigrationReport, style: Style): string {
  const { files, conversations, messages, dryRun } = report;
  const formats = Object.entries(files.byFormat).map(
    ([format, number]) => `${count(number)} ${oneLine(format)}`,
  );
  const verb = dryRun ? "would become" : "became";
  const lines = [
    report.unchanged
      ? style.good("Everything was there already; nothing was changed.")
      : `${countOf(messages.native, "message")} in ${countOf(conversations.native, "conversation")} ${verb} your own, ${countOf(messages.imported, "message")} in ${countOf(conversations.imported, "conversation")} ${verb} imports.`,
    `${countOf(files.total, "file")} (${size(files.bytes)}), ${dryRun ? "none copied yet" : "each kept as it was"}: ${listing(
      [
        ...formats,
        ...(files.companions === 0 ? [] : [countOf(files.companions, "other file")]),
        ...(files.unrecognised === 0 ? [] : [`${count(files.unrecognised)} not recognised`]),
        ...(files.duplicates === 0 ? [] : [countOf(files.duplicates, "further copy", "further copies")]),
      ],
    )}.`,
  ];
  if (report.constructs.new > 0) {
    lines.push(
      `${countOf(report.constructs.new, "construct")} with ${dryRun ? "settings to take over" : "the settings of the older database"}.`,
    );
  }
  if (conversations.empty > 0)
    lines.push(`${countOf(conversations.empty, "empty home")}: nothing to take over.`);
  if (conversations.refused > 0) {
    lines.push(style.bad(`${countOf(conversations.refused, "conversation")} not taken over; see below.`));
  }
  lines.push(
    ...limited(
      report.restored,
      ({ path, from }) => `  ${oneLine(path)} is damaged; ${oneLine(from)} was taken in its place.`,
    ),
  );
  if (report.problems.length > 0) {
    lines.push(`${countOf(report.problems.length, "problem")} to look at:`);
    lines.push(
      ...limited(report.problems, ({ code, message, where }) => {
        const place = where?.member === undefined ? "" : `${oneLine(where.member)}: `;
        return `  ${code} ${place}${oneLine(message)}`;
      }),
    );
  }
  lines.push(
    style.hint(
      dryRun
        ? "Nothing was changed; without --dry-run it is done."
        : `Done in ${duration(report.durationMs)}. \`chatty verify\` checks the result.`,
    ),
  );
  lines.push("");
  return lines.join("\n");
}

function limited<Item>(items: readonly Item[], line: (item: Item) => string): string[] {
  const shown = items.slice(0, shownItems).map(line);
  return items.length > shownItems ? [...shown, `  … and ${count(items.length - shownItems)} more`] : shown;
}
