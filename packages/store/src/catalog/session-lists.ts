// The questions that lists ask of the catalog. Each is put so that an index answers it in the order that is asked for: instead of
// one statement with alternatives there is one for every combination of them (a lane), and the lanes are merged.
import type { RuntimeId } from "@chatty/model";
import { sessionFromRow, titleKey, undated } from "./catalog-rows.ts";
import type { CatalogSession } from "./catalog-rows.ts";

export interface CatalogQuery {
  /** Only these runtimes. */
  runtimeIds?: readonly RuntimeId[];
  /** None of these runtimes. */
  exceptRuntimeIds?: readonly RuntimeId[];
  /** Homes before everything else; otherwise they stand where their time puts them. Not together with months or words. */
  homeFirst?: boolean;
  /** Archived ones or the others; both when absent. */
  archived?: boolean | undefined;
  starred?: boolean;
  deleted?: boolean;
  imported?: boolean;
  /** Month numbers (202403; 0 for no time), together with `runtimeIds`. */
  months?: readonly number[];
  /** What the title must contain, in any case. */
  words?: readonly string[];
  limit: number;
  after?: CatalogCursor;
}

/** Position behind a row of the list: home first, then newest first, undated last. */
export interface CatalogCursor {
  home: number;
  updatedAt: number;
  sessionId: string;
}

export interface RuntimeCounts {
  conversations: number;
  messages: number;
}

/** When there were conversations. */
export interface RuntimeActivity {
  /** Integer milliseconds UTC. */
  firstAt: number | undefined;
  lastAt: number | undefined;
  /** By month number, oldest first; without those that have no time. */
  months: { month: number; count: number }[];
}

/** Asks the database. */
export type Ask = (sql: string, values: (string | number)[]) => Record<string, unknown>[];

/** One page and one row more. */
export function listSessions(ask: Ask, query: CatalogQuery): CatalogSession[] {
  const rows = lanesOf(query).flatMap((lane) => listLane(ask, query, lane));
  const homeFirst = isHomeFirst(query);
  return rows.sort((left, right) => compareRows(left, right, homeFirst)).slice(0, query.limit + 1);
}

export function countSessions(ask: Ask, runtimeIds: readonly RuntimeId[]): RuntimeCounts {
  const counts = { conversations: 0, messages: 0 };
  for (const runtimeId of runtimeIds) {
    const [row] = ask(
      `SELECT count(*) AS conversations, coalesce(sum(message_count), 0) AS messages
       FROM sessions INDEXED BY sessions_by_month WHERE runtime_id = ? AND deleted = 0`,
      [runtimeId],
    );
    counts.conversations += Number(row?.["conversations"]);
    counts.messages += Number(row?.["messages"]);
  }
  return counts;
}

export function activityOf(ask: Ask, runtimeIds: readonly RuntimeId[]): RuntimeActivity {
  const counts = new Map<number, number>();
  let firstAt = Infinity;
  let lastAt = -Infinity;
  for (const runtimeId of runtimeIds) {
    for (const [archived, imported] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const) {
      const rows = ask(
        `SELECT month, count(*) AS count, min(coalesce(created_at, sort_at)) AS first_at,
           max(max(coalesce(created_at, sort_at), sort_at)) AS last_at
         FROM sessions INDEXED BY sessions_by_month
         WHERE runtime_id = ? AND deleted = 0 AND archived = ? AND imported = ? AND month > 0
           ${imported === 0 ? "AND message_count > 0" : ""} GROUP BY month`,
        [runtimeId, archived, imported],
      );
      for (const row of rows) {
        const month = Number(row["month"]);
        counts.set(month, (counts.get(month) ?? 0) + Number(row["count"]));
        firstAt = Math.min(firstAt, Number(row["first_at"]));
        lastAt = Math.max(lastAt, Number(row["last_at"]));
      }
    }
  }
  return {
    firstAt: counts.size === 0 ? undefined : firstAt,
    lastAt: counts.size === 0 ? undefined : lastAt,
    months: [...counts].map(([month, count]) => ({ month, count })).sort((a, b) => a.month - b.month),
  };
}

export function importedMonths(
  ask: Ask,
  runtimeIds: readonly RuntimeId[],
): { month: number; count: number }[] {
  const counts = new Map<number, number>();
  for (const runtimeId of runtimeIds) {
    const rows = ask(
      `SELECT month, count(*) AS count FROM sessions INDEXED BY sessions_by_month
       WHERE runtime_id = ? AND deleted = 0 AND archived = 0 AND imported = 1 GROUP BY month`,
      [runtimeId],
    );
    for (const row of rows) {
      const month = Number(row["month"]);
      counts.set(month, (counts.get(month) ?? 0) + Number(row["count"]));
    }
  }
  return [...counts].map(([month, count]) => ({ month, count })).sort((a, b) => b.month - a.month);
}

/** What is the same for all rows of one statement. */
interface Lane {
  runtimeId: RuntimeId | undefined;
  archived: number;
  imported: number;
  month: number | undefined;
}

function lanesOf(query: CatalogQuery): Lane[] {
  const words = (query.words ?? []).length > 0;
  // Words are looked for in an index that has all runtimes in one.
  const runtimeIds = query.runtimeIds === undefined || words ? [undefined] : query.runtimeIds;
  const archivedOnes = query.archived === undefined ? [0, 1] : [query.archived ? 1 : 0];
  const importedOnes = query.imported === undefined ? [0, 1] : [query.imported ? 1 : 0];
  const months = query.months === undefined || words ? [undefined] : query.months;
  return runtimeIds.flatMap((runtimeId) =>
    archivedOnes.flatMap((archived) =>
      importedOnes.flatMap((imported) => months.map((month) => ({ runtimeId, archived, imported, month }))),
    ),
  );
}

function isHomeFirst(query: CatalogQuery): boolean {
  return query.homeFirst === true && query.months === undefined && (query.words ?? []).length === 0;
}

function listLane(ask: Ask, query: CatalogQuery, lane: Lane): CatalogSession[] {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const where = (condition: string, ...given: readonly (string | number)[]): void => {
    conditions.push(condition);
    values.push(...given);
  };
  if (lane.runtimeId !== undefined) where("runtime_id = ?", lane.runtimeId);
  where("deleted = ?", query.deleted === true ? 1 : 0);
  where("archived = ? AND imported = ?", lane.archived, lane.imported);
  if (lane.month !== undefined) where("month = ?", lane.month);
  if (query.starred === true) where("starred = 1");
  const { exceptRuntimeIds: except = [], words = [] } = query;
  if (except.length > 0) where(`runtime_id NOT IN (${placeholders(except)})`, ...except);
  const homeFirst = isHomeFirst(query);
  if (query.after !== undefined) {
    const { home, updatedAt, sessionId } = query.after;
    // Behind the homes the index gives the range; among the homes there are only as many rows as runtimes.
    const behind = "sort_at <= ? AND (sort_at < ? OR session_id > ?)";
    const condition = home === 1 ? `(home = 0 OR (${behind}))` : `home = 0 AND ${behind}`;
    where(homeFirst ? condition : behind, updatedAt, updatedAt, sessionId);
  }
  const order = `ORDER BY ${homeFirst ? "home DESC, " : ""}sort_at DESC, session_id`;
  if (words.length === 0) {
    const sql = `SELECT * FROM sessions WHERE ${conditions.join(" AND ")} ${order} LIMIT ?`;
    return ask(sql, [...values, query.limit + 1]).map(sessionFromRow);
  }
  for (const word of words) where("instr(title_key, ?) > 0", titleKey(word));
  if (query.runtimeIds !== undefined)
    where(`runtime_id IN (${placeholders(query.runtimeIds)})`, ...query.runtimeIds);
  if (query.months !== undefined) where(`month IN (${placeholders(query.months)})`, ...query.months);
  // The index has the titles: the rows themselves are only read of those that have the words.
  const found = `SELECT session_id FROM sessions INDEXED BY sessions_by_time WHERE ${conditions.join(" AND ")} ${order} LIMIT ?`;
  const sql = `SELECT * FROM sessions WHERE session_id IN (${found})`;
  return ask(sql, [...values, query.limit + 1]).map(sessionFromRow);
}

function compareRows(left: CatalogSession, right: CatalogSession, homeFirst: boolean): number {
  return (
    (homeFirst ? Number(right.home) - Number(left.home) : 0) ||
    (right.updatedAt ?? undated) - (left.updatedAt ?? undated) ||
    (left.sessionId < right.sessionId ? -1 : left.sessionId > right.sessionId ? 1 : 0)
  );
}

function placeholders(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}
