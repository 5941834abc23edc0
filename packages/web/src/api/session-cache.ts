import type { Session, SessionPage, SessionQuery } from "@chatty/server/api";
import type { InfiniteData } from "@tanstack/react-query";

type Pages = InfiniteData<SessionPage, string | undefined>;

/** True for a session that the list of this query shows. */
export function belongsTo(session: Session, query: SessionQuery): boolean {
  if (session.deleted !== (query.deleted === true)) return false;
  if (query.deleted !== true && session.archived !== (query.archived === true)) return false;
  if (query.runtime !== undefined && session.runtimeId !== query.runtime) return false;
  if (query.starred === true && !session.starred) return false;
  if (query.kind !== undefined && session.imported !== (query.kind === "imported")) return false;
  if (query.title !== undefined && !hasWords(session.title, query.title)) return false;
  return query.year === undefined || isOfMonth(session, query.year, query.month);
}

function hasWords(title: string, words: string): boolean {
  const lower = title.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}

function isOfMonth(session: Session, year: number, month: number | undefined): boolean {
  const time = session.updatedAt ?? session.createdAt;
  if (time === null) return year === 0;
  const date = new Date(time);
  return date.getUTCFullYear() === year && (month === undefined || date.getUTCMonth() + 1 === month);
}

/** Order of every list: the home first, then by the last change, undated ones last. */
export function compareSessions(a: Session, b: Session): number {
  if (a.home !== b.home) return a.home ? -1 : 1;
  const byTime = (b.updatedAt ?? b.createdAt ?? -Infinity) - (a.updatedAt ?? a.createdAt ?? -Infinity);
  return Number.isNaN(byTime) ? 0 : byTime;
}

/**
 * The pages with one session changed: taken out, put where it now belongs, or added. What lies beyond the last loaded page stays
 * to be loaded. Answers the same object when nothing changed, so that nothing is drawn again.
 */
export function withSession(pages: Pages, session: Session, query: SessionQuery): Pages {
  const fits = belongsTo(session, query);
  const place = findSession(pages, session.sessionId);
  const held = place === undefined ? undefined : pages.pages[place.page]?.sessions[place.row];
  if (held === undefined && !fits) return pages;
  if (
    held !== undefined &&
    held.revision === session.revision &&
    fits &&
    compareSessions(held, session) === 0
  ) {
    return pages;
  }
  const changed = pages.pages.map((page) => ({
    ...page,
    sessions: page.sessions.filter((other) => other.sessionId !== session.sessionId),
  }));
  if (fits) insert(changed, session);
  return { ...pages, pages: changed };
}

/** The pages without a session. */
export function withoutSession(pages: Pages, sessionId: string): Pages {
  if (findSession(pages, sessionId) === undefined) return pages;
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      sessions: page.sessions.filter((other) => other.sessionId !== sessionId),
    })),
  };
}

function findSession(pages: Pages, sessionId: string): { page: number; row: number } | undefined {
  for (const [page, { sessions }] of pages.pages.entries()) {
    const row = sessions.findIndex((session) => session.sessionId === sessionId);
    if (row !== -1) return { page, row };
  }
  return undefined;
}

function insert(pages: SessionPage[], session: Session): void {
  for (const page of pages) {
    const row = page.sessions.findIndex((other) => compareSessions(session, other) < 0);
    if (row !== -1) {
      page.sessions.splice(row, 0, session);
      return;
    }
  }
  const last = pages.at(-1);
  // With more to load, it may belong further down; the next page brings it.
  if (last !== undefined && last.next === undefined) last.sessions.push(session);
}
