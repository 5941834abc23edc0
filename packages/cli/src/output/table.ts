import { displayWidth, fitWidth, oneLine } from "./plain-text.ts";
import type { Style } from "./style.ts";

export interface Column {
  title: string;
  align?: "left" | "right";
  /** May be cut when the terminal is too narrow. One column at most. */
  flexible?: boolean;
  /** Rank in which it is shortened or left out to make room for the flexible one; absent: it stays. */
  givesWay?: number;
  /** What remains of a cell at first; without it the column is left out. */
  shorten?: (text: string) => string;
  paint?: (text: string) => string;
}

const gap = "  ";
/** What the flexible column is worth leaving another one out for. */
const comfortableFlexible = 24;
const smallestFlexible = 8;

/** Rows in aligned columns under a faint heading. Cells are made harmless and put on one line; no line is wider than the terminal. */
export function renderTable(allColumns: readonly Column[], rows: readonly string[][], style: Style): string {
  const { columns, cells, widths } = fitColumns(
    allColumns,
    rows.map((row) => row.map(oneLine)),
    style.columns,
  );
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

interface FittedTable {
  columns: readonly Column[];
  cells: readonly (readonly string[])[];
  widths: number[];
}

/** Shortens and leaves out columns, the least important first, until the flexible one has room; then cuts that one. */
function fitColumns(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  room: number,
): FittedTable {
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...cells.map((row) => displayWidth(row[index] ?? ""))),
  );
  const flexible = columns.findIndex((column) => column.flexible === true);
  const left =
    room - widths.reduce((sum, width, index) => sum + (index === flexible ? 0 : width + gap.length), 0);
  const natural = widths[flexible] ?? 0;
  if (flexible === -1 || left >= natural) return { columns, cells, widths };
  const [first] = columns
    .flatMap(({ givesWay }, index) => (givesWay === undefined ? [] : [{ givesWay, index }]))
    .sort((one, other) => one.givesWay - other.givesWay);
  if (left < Math.min(natural, comfortableFlexible) && first !== undefined) {
    return fitColumns(...withLess(columns, cells, first.index), room);
  }
  if (left < smallestFlexible) {
    const rest = without(columns, flexible);
    const kept = cells.map((row) => without(row, flexible));
    return {
      columns: rest,
      cells: kept,
      widths: without(widths, flexible).map((width) => Math.min(width, room)),
    };
  }
  widths[flexible] = left;
  return { columns, cells, widths };
}

function withLess(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  index: number,
): [Column[], string[][]] {
  const { shorten, ...column } = columns[index] ?? { title: "" };
  if (shorten === undefined) return [without(columns, index), cells.map((row) => without(row, index))];
  // Shortened once; what else is needed comes from the others, and then it is left out itself.
  const shortened = { ...column, title: shorten(column.title), givesWay: (column.givesWay ?? 0) + 100 };
  return [
    columns.toSpliced(index, 1, shortened),
    cells.map((row) => row.with(index, shorten(row[index] ?? ""))),
  ];
}

function without<Item>(items: readonly Item[], index: number): Item[] {
  return items.filter((_, each) => each !== index);
}
