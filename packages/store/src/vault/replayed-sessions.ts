import type { ConstructId, SessionId } from "@chatty/model";
import { parseConstructId, parseSessionId } from "@chatty/model";
import type { LoggedGroup } from "../log/segment.ts";

/** What groups of the log touched, as far as one user's lists follow it. */
export interface Replayed {
  /** Native sessions whose journals grew, with their constructs. */
  sessions: Map<SessionId, ConstructId>;
  /** Tables of the configuration, whosever rows they were. */
  tables: Set<string>;
}

/**
 * Reads out of replayed groups what lists have to follow.
 * @param after only groups with a higher number
 * @param prefix relative path of the user's folder of instances, with a slash at its end
 */
export function replayedChanges(groups: readonly LoggedGroup[], after: number, prefix: string): Replayed {
  const replayed: Replayed = { sessions: new Map(), tables: new Set() };
  for (const op of groups.filter((group) => group.seq > after).flatMap((group) => group.ops)) {
    if (!("append" in op)) {
      replayed.tables.add("put" in op ? op.put : op.delete);
      continue;
    }
    const match = op.append.startsWith(prefix)
      ? /^([^/]+)\/sessions\/([^/]+)\/messages\.jsonl$/.exec(op.append.slice(prefix.length))
      : null;
    if (match === null) continue;
    replayed.sessions.set(parseSessionId(match[2] ?? ""), parseConstructId(match[1] ?? ""));
  }
  return replayed;
}
