import { displayWidth, fitWidth, oneLine } from "./plain-text.ts";
import type { Style } from "./style.ts";

export interface Column {
  title: string;
  align?: "left" | "right";
  /** May be cut when the terminal is too narrow. One column at most. */
  flexible?: boolean;
  paint?: (text: string) => string;
}

const gap = "  ";
const smallestFlexible = 12;

/** Rows in aligned columns under a faint heading. Cells are made harmless and put on one line. */
export function renderTable(columns: readonly Column[], rows: readonly string[][], style: Style): string {
  const cells = rows.map((row) => row.map(oneLine));
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...cells.map((row) => displayWidth(row[index] ?? ""))),
  );
  const flexible = columns.findIndex((column) => column.flexible === true);
  if (flexible !== -1) {
    const others = widths.reduce(
      (sum, width, index) => sum + (index === flexible ? 0 : width + gap.length),
      0,
    );
    const room = Math.max(smallestFlexible, style.columns - others);
    widths[flexible] = Math.min(widths[flexible] ?? 0, room);
  }
  const line = (texts: readonly string[], paint: (text: string, column: Column) => string): string =>
    columns
      .map((column, index) => {
        const width = widths[index] ?? 0;
        const text = fitWidth(texts[index] ?? "", width);
        const padding = " ".repeat(Math.max(0, width - displayWidth(text)));
        const painted = paint(text, column);
        return column.align === "right" ? padding + painted : painted + padding;
      })
      .join(gap)
      .trimEnd();
  return [
    line(
      columns.map((column) => column.title),
      (text) => style.faint(text),
    ),
    ...cells.map((row) => line(row, (text, column) => column.paint?.(text) ?? text)),
    "",
  ].join("\n");
}
