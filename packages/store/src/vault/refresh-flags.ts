import type { SessionId } from "@chatty/model";
import type { UserContext } from "../user/user-context.ts";
import { listStars } from "../workspace/stars.ts";

/** Puts homes and stars of the configuration into the rows of the lists. @returns native sessions whose rows changed. */
export function refreshFlags(context: UserContext, homes: ReadonlySet<SessionId>): SessionId[] {
  const { storage, userId, catalog, sessions } = context;
  const stars = listStars(storage.configuration, userId);
  const candidates = new Map(catalog.flagged().map((row) => [row.sessionId, row]));
  for (const sessionId of [...homes, ...stars.keys()]) {
    const row = catalog.session(sessionId);
    if (row !== undefined) candidates.set(sessionId, row);
  }
  const changed: SessionId[] = [];
  for (const row of candidates.values()) {
    const home = homes.has(row.sessionId);
    const starred = stars.has(row.sessionId);
    if (row.home === home && row.starred === starred) continue;
    if (row.imported) catalog.putSession({ ...row, home, starred });
    else {
      sessions.flag(row.sessionId, { home, starred });
      changed.push(row.sessionId);
    }
  }
  return changed;
}
