import type { CatalogSession } from "../catalog/catalog.ts";
import { readOnly } from "./session-changes.ts";
import { findSession } from "./session-names.ts";
import type { UserContext } from "./user-context.ts";

/** The row of the session that a text names, brought up to its journal. @throws {ChattyError} SESSION_NOT_FOUND, AMBIGUOUS_ID */
export function findRow(context: UserContext, name: string): CatalogSession {
  const { storage, userId, catalog, imports, sessions } = context;
  const names = {
    reader: storage.configuration,
    userId,
    catalog,
    sourceSessions: (sourceId: string) => imports.resolveSourceId(sourceId),
  };
  const sessionId = findSession(names, name);
  const row = sessions.row(sessionId) ?? catalog.session(sessionId);
  if (row === undefined)
    throw new TypeError(`The catalog lost session ${sessionId} while it was being read.`);
  return row;
}

/** As {@link findRow}, but not an imported session. @throws {ChattyError} SESSION_READ_ONLY */
export function findNativeRow(context: UserContext, name: string): CatalogSession {
  const row = findRow(context, name);
  if (row.imported) throw readOnly(row.sessionId, `Continue it with: chatty sessions fork ${row.sessionId}`);
  return row;
}
