import type { Session, SessionMonths } from "@chatty/server/api";
import { groupStarts } from "./date-groups.ts";

/** One line of the sidebar's list. `key` is stable, so that a line keeps its place when others come and go. */
export type SidebarRow =
  | { kind: "heading"; key: string; label: string }
  | { kind: "session"; key: string; session: Session; section: "home" | "starred" | "list" }
  | { kind: "year"; key: string; year: number; count: number; isOpen: boolean }
  | { kind: "month"; key: string; year: number; month: number; count: number; isOpen: boolean }
  /** The place of a conversation of a month, which may not be loaded yet. */
  | { kind: "slot"; key: string; year: number; month: number; index: number; count: number }
  /** The shape of rows that are being loaded. */
  | { kind: "pending"; key: string }
  | { kind: "note"; key: string; text: string };

export interface SidebarLists {
  home: Session | undefined;
  starred: readonly Session[];
  /** The newest first, as far as they are loaded. */
  listed: readonly Session[];
  hasMore: boolean;
  months: SessionMonths["months"];
  /** Keys of years (`2024`) and months (`2024-3`) that are open. */
  open: ReadonlySet<string>;
  now: Date;
}

export const yearKey = (year: number) => String(year);
export const monthKey = (year: number, month: number) => `${year}-${month}`;

/** How many conversations of a history are in sight before anything is opened. */
const openAtFirst = 12;

/** What is open before a person opens or closes anything: the newest year, and its newest months until there is enough to see. */
export function newestOpen(months: SessionMonths["months"]): ReadonlySet<string> {
  const open = new Set<string>();
  let shown = 0;
  const newestYear = months.find((month) => month.year !== 0)?.year;
  for (const { year, month, count } of months) {
    if (year !== newestYear || shown >= openAtFirst) continue;
    open.add(yearKey(year)).add(monthKey(year, month));
    shown += count;
  }
  return open;
}

/** The lines of the list, top to bottom: home, starred, native ones by date, imported history by year and month. */
export function sidebarRows(lists: SidebarLists): SidebarRow[] {
  const rows: SidebarRow[] = [];
  const { home } = lists;
  if (home !== undefined) rows.push({ kind: "session", key: home.sessionId, session: home, section: "home" });
  const starred = lists.starred.filter((session) => !session.home);
  if (starred.length > 0) {
    rows.push({ kind: "heading", key: "h:starred", label: "Starred" });
    for (const session of starred) {
      rows.push({ kind: "session", key: session.sessionId, session, section: "starred" });
    }
  }
  const listed = lists.listed.filter((session) => !session.home && !session.starred);
  pushByDate(rows, listed, lists.now);
  if (lists.hasMore) pushPending(rows);
  pushHistory(rows, lists);
  return rows;
}

/** The lines of a list that is only cut by date: what was found, archived or deleted. */
export function datedRows(sessions: readonly Session[], hasMore: boolean, now: Date): SidebarRow[] {
  const rows: SidebarRow[] = [];
  pushByDate(rows, sessions, now);
  if (hasMore) pushPending(rows);
  return rows;
}

function pushByDate(rows: SidebarRow[], sessions: readonly Session[], now: Date): void {
  const starts = groupStarts(
    sessions.map((session) => session.updatedAt ?? session.createdAt),
    now,
  );
  let next = 0;
  for (const [at, session] of sessions.entries()) {
    const start = starts[next];
    if (start !== undefined && start.at === at) {
      rows.push({ kind: "heading", key: `h:${start.label}`, label: start.label });
      next += 1;
    }
    rows.push({ kind: "session", key: session.sessionId, session, section: "list" });
  }
}

function pushPending(rows: SidebarRow[]): void {
  for (let index = 0; index < 3; index += 1) rows.push({ kind: "pending", key: `pending:${index}` });
}

function pushHistory(rows: SidebarRow[], { months, open }: SidebarLists): void {
  if (months.length === 0) return;
  rows.push({ kind: "heading", key: "h:history", label: "Imported history" });
  const years = new Map<number, { year: number; month: number; count: number }[]>();
  for (const month of months) {
    const known = years.get(month.year);
    if (known === undefined) years.set(month.year, [month]);
    else known.push(month);
  }
  for (const [year, its] of years) {
    const count = its.reduce((sum, month) => sum + month.count, 0);
    const isOpen = open.has(yearKey(year));
    rows.push({ kind: "year", key: yearKey(year), year, count, isOpen });
    if (!isOpen) continue;
    // Undated ones have no months to open.
    if (year === 0) {
      pushSlots(rows, 0, 0, count);
      continue;
    }
    for (const { month, count: inMonth } of its) {
      const key = monthKey(year, month);
      const isMonthOpen = open.has(key);
      rows.push({ kind: "month", key, year, month, count: inMonth, isOpen: isMonthOpen });
      if (isMonthOpen) pushSlots(rows, year, month, inMonth);
    }
  }
}

function pushSlots(rows: SidebarRow[], year: number, month: number, count: number): void {
  for (let index = 0; index < count; index += 1) {
    rows.push({ kind: "slot", key: `${monthKey(year, month)}#${index}`, year, month, index, count });
  }
}

/** True for lines that the keyboard stops at. */
export function isStop(row: SidebarRow | undefined): boolean {
  return row !== undefined && row.kind !== "heading" && row.kind !== "pending" && row.kind !== "note";
}

/** The next line in a direction that the keyboard stops at; the line itself when there is none. */
export function nextStop(rows: readonly SidebarRow[], from: number, step: 1 | -1): number {
  for (let at = from + step; at >= 0 && at < rows.length; at += step) {
    if (isStop(rows[at])) return at;
  }
  return from;
}
