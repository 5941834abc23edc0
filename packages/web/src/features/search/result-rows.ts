import type { SearchAnswer, SearchHit } from "@chatty/server/api";

/** One line of the results. Keys stay the same as long as what they stand for does. */
export type ResultRow =
  | { kind: "group"; key: string; hit: SearchHit; newest: number | undefined; isAgain: boolean }
  | { kind: "hit"; key: string; hit: SearchHit; position: number }
  | { kind: "more"; key: string; group: string; hidden: number }
  | { kind: "pending"; key: string };

export interface ResultRows {
  rows: ResultRow[];
  /** How many hits are loaded. */
  loaded: number;
}

/** So many hits of a conversation are shown before the rest is asked for. */
const shownPerGroup = 3;

/** What a hit is known by, within one answer and in the next to the same question. */
export function hitKey(hit: SearchHit): string {
  return `${hit.sessionId} ${hit.messageId ?? ""} ${hit.field}`;
}

/**
 * Hits as they are shown: by conversation, in the order in which the best of each came. Each page is grouped for itself, so that what
 * comes later never moves what is read; a conversation that comes again says so.
 *
 * @param open keys of the groups of which every hit is shown
 */
export function resultRows(
  pages: readonly SearchAnswer[],
  open: ReadonlySet<string>,
  hasMore: boolean,
): ResultRows {
  const rows: ResultRow[] = [];
  const seenHits = new Set<string>();
  const seenSessions = new Set<string>();
  let loaded = 0;
  for (const [page, answer] of pages.entries()) {
    for (const [sessionId, hits] of bySession(answer.hits, seenHits)) {
      const [first] = hits;
      if (first === undefined) continue;
      const group = `${page} ${sessionId}`;
      rows.push({
        kind: "group",
        key: group,
        hit: hits.find((hit) => hit.titleMarks.length > 0) ?? first,
        newest: newestOf(hits),
        isAgain: seenSessions.has(sessionId),
      });
      seenSessions.add(sessionId);
      // One line that says "1 more" would take the place of the one.
      const others = hits.filter((hit) => hit.field !== "title");
      // The title stands above with its words marked; it is a line of its own only where nothing else was found.
      const listed = others.length > 0 ? others : hits;
      const isFolded = !open.has(group) && listed.length > shownPerGroup + 1;
      const shown = isFolded ? listed.slice(0, shownPerGroup) : listed;
      for (const [index, hit] of shown.entries()) {
        rows.push({ kind: "hit", key: hitKey(hit), hit, position: loaded + index + 1 });
      }
      loaded += hits.length;
      if (isFolded)
        rows.push({ kind: "more", key: `more ${group}`, group, hidden: listed.length - shown.length });
    }
  }
  if (hasMore)
    for (let index = 0; index < 4; index += 1) rows.push({ kind: "pending", key: `pending ${index}` });
  return { rows, loaded };
}

function bySession(hits: readonly SearchHit[], seen: Set<string>): Map<string, SearchHit[]> {
  const groups = new Map<string, SearchHit[]>();
  for (const hit of hits) {
    const key = hitKey(hit);
    // What changes between two pages may bring the same one twice.
    if (seen.has(key)) continue;
    seen.add(key);
    const group = groups.get(hit.sessionId);
    if (group === undefined) groups.set(hit.sessionId, [hit]);
    else group.push(hit);
  }
  return groups;
}

function newestOf(hits: readonly SearchHit[]): number | undefined {
  let newest: number | undefined;
  for (const { timestamp } of hits) {
    if (timestamp !== undefined && (newest === undefined || timestamp > newest)) newest = timestamp;
  }
  return newest;
}

/** True for rows at which the keys stop. */
export function isStop(row: ResultRow | undefined): boolean {
  return row?.kind === "hit" || row?.kind === "more";
}

/** The next row in a direction at which keys stop; -1 when there is none. */
export function nextStop(rows: readonly ResultRow[], at: number, step: 1 | -1): number {
  for (let index = at + step; index >= 0 && index < rows.length; index += step) {
    if (isStop(rows[index])) return index;
  }
  return -1;
}
