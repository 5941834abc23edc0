import { layout } from "../files/layout.ts";
import type { UserPlace } from "../files/layout.ts";
import { contextHistoryJson, parseContextHistory, withoutSessions } from "./context-history.ts";
import { keptPeriods, periodPath, readKept, removeKept, writeKept } from "./kept-files.ts";
import type { KeptPlace } from "./kept-files.ts";
import { parsePeriodSummary, periodSummaryJson, withoutConversations } from "./summary.ts";

/**
 * Takes out of `context_history.json` and the summaries of periods everything that speaks of these sessions, native or imported.
 * Doing it again changes nothing. A file that cannot be read goes as a whole when one of the ids stands in it.
 * @throws {ChattyError} storage errors
 */
export function forgetSessions(place: KeptPlace, user: UserPlace, ids: readonly string[]): void {
  const gone = new Set(ids);
  forgetIn(place, layout.contextHistory(user), gone, (text) => {
    const history = parseContextHistory(text, user.userId);
    return typeof history === "string"
      ? undefined
      : contextHistoryJson(user.userId, withoutSessions(history, gone));
  });
  for (const period of keptPeriods(place, user)) {
    forgetIn(place, periodPath(user, period), gone, (text) => {
      const summary = parsePeriodSummary(text, user.userId, period);
      const left = typeof summary === "string" ? undefined : withoutConversations(summary, gone);
      return left === undefined ? undefined : periodSummaryJson(user.userId, left);
    });
  }
}

function forgetIn(
  place: KeptPlace,
  path: string,
  gone: ReadonlySet<string>,
  without: (text: string) => string | undefined,
): void {
  const text = readKept(place, path);
  if (text === undefined || ![...gone].some((id) => text.includes(id))) return;
  const left = without(text);
  if (left === undefined) removeKept(place, path);
  else writeKept(place, path, left);
}
