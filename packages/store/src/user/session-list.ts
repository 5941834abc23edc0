import { ChattyError } from "@chatty/model";
import type { CatalogQuery } from "../catalog/catalog.ts";
import type { MonthCount, SessionPage, SessionQuery } from "../views.ts";
import { listRuntimes } from "../workspace/runtimes.ts";
import { findRuntime, hiddenRuntimes, runtimeFamily } from "./runtime-changes.ts";
import { cursorFromRow, parseCursor, sessionViewFromRow } from "./session-view.ts";
import type { UserContext } from "./user-context.ts";

const defaultLimit = 50;
const largestLimit = 1000;
/** Longest title that is looked for, in UTF-16 code units. */
const titleLimit = 200;

/** One page of sessions; see `UserVault.sessions`. */
export function listSessions(context: UserContext, query: SessionQuery): SessionPage {
  const limit = query.limit ?? defaultLimit;
  if (!Number.isInteger(limit) || limit < 1 || limit > largestLimit) {
    throw new ChattyError(
      "LIMIT_INVALID",
      `A page has between 1 and ${largestLimit} sessions, not ${limit}.`,
    );
  }
  const rows = context.catalog.list({
    limit,
    ...whichRuntimes(context, query),
    ...whichMonths(query),
    ...whichWords(query),
    homeFirst: query.runtimeId !== undefined,
    ...(query.deleted === true
      ? { deleted: true, archived: undefined }
      : { archived: query.archived === true }),
    ...(query.starred === undefined ? {} : { starred: query.starred }),
    ...(query.kind === undefined ? {} : { imported: query.kind === "imported" }),
    ...(query.after === undefined ? {} : { after: parseCursor(query.after) }),
  });
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    sessions: rows
      .slice(0, limit)
      .map((row) => sessionViewFromRow(context.storage.configuration, context.userId, row)),
    ...(last === undefined ? {} : { next: cursorFromRow(last) }),
  };
}

/** Imported conversations of a runtime per month, newest first. */
export function listMonths(context: UserContext, runtime: string): MonthCount[] {
  const { runtimeId } = findRuntime(context, runtime);
  return context.catalog
    .months(runtimeFamily(context, runtimeId))
    .map(({ month, count }) => ({ year: Math.floor(month / 100), month: month % 100, count }));
}

function whichRuntimes(
  context: UserContext,
  query: SessionQuery,
): Pick<CatalogQuery, "runtimeIds" | "exceptRuntimeIds"> {
  if (query.runtimeId !== undefined) {
    return { runtimeIds: runtimeFamily(context, findRuntime(context, query.runtimeId).runtimeId) };
  }
  const hidden = hiddenRuntimes(context);
  if (query.year === undefined) return { exceptRuntimeIds: hidden };
  // Months are looked up runtime by runtime.
  const all = listRuntimes(context.storage.configuration, context.userId, { all: true });
  return {
    runtimeIds: all.map(({ runtimeId }) => runtimeId).filter((runtimeId) => !hidden.includes(runtimeId)),
  };
}

function whichMonths({ year, month }: SessionQuery): Pick<CatalogQuery, "months"> {
  if (year === undefined && month === undefined) return {};
  const isYear = year !== undefined && Number.isInteger(year) && year >= 0 && year <= 275_760;
  const isMonth =
    month === undefined || (Number.isInteger(month) && month >= (year === 0 ? 0 : 1) && month <= 12);
  if (!isYear || !isMonth) {
    throw new ChattyError(
      "MONTH_INVALID",
      "A month is a year and, if it is to be one month, a number from 1 to 12.",
      {
        hint: "Give `year`, with or without `month`; year 0 stands for no time.",
      },
    );
  }
  if (year === 0) return { months: [0] };
  if (month !== undefined) return { months: [year * 100 + month] };
  return { months: Array.from({ length: 12 }, (_, index) => year * 100 + index + 1) };
}

function whichWords({ title }: SessionQuery): Pick<CatalogQuery, "words"> {
  if (title === undefined) return {};
  if (title.length > titleLimit) {
    throw new ChattyError("TITLE_INVALID", `Titles are looked for by at most ${titleLimit} characters.`, {
      hint: "Give fewer words.",
    });
  }
  return { words: title.split(/\s+/u).filter((word) => word !== "") };
}
