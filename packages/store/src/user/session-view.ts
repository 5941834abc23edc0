import type { UserId } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import { undated } from "../catalog/catalog-rows.ts";
import type { CatalogCursor, CatalogSession } from "../catalog/catalog.ts";
import { sessionRevision } from "../sessions/session-revision.ts";
import type { SessionView } from "../views.ts";
import { aliasesOfSession } from "../workspace/aliases.ts";
import type { ConfigurationReader } from "../workspace/connection.ts";

/** A catalog row as people and programs see it. */
export function sessionViewFromRow(
  reader: ConfigurationReader,
  userId: UserId,
  row: CatalogSession,
): SessionView {
  return {
    sessionId: row.sessionId,
    aliases: aliasesOfSession(reader, userId, row.sessionId),
    runtimeId: row.runtimeId,
    constructId: row.constructId,
    title: row.title,
    ...(row.createdAt === undefined ? {} : { createdAt: row.createdAt }),
    ...(row.updatedAt === undefined ? {} : { updatedAt: row.updatedAt }),
    messageCount: row.messageCount,
    imported: row.imported,
    home: row.home,
    starred: row.starred,
    archived: row.archived,
    deleted: row.deleted,
    revision: sessionRevision(row),
  };
}

/** The cursor behind a row. */
export function cursorFromRow(row: CatalogSession): string {
  return Buffer.from(JSON.stringify([row.home ? 1 : 0, row.updatedAt ?? undated, row.sessionId])).toString(
    "base64url",
  );
}

/** @throws {ChattyError} CURSOR_INVALID */
export function parseCursor(text: string): CatalogCursor {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (Array.isArray(value) && value.length === 3) {
      const [home, updatedAt, sessionId] = value as unknown[];
      if (typeof home === "number" && Number.isSafeInteger(updatedAt) && typeof sessionId === "string") {
        return { home, updatedAt: updatedAt as number, sessionId };
      }
    }
  } catch {
    // Falls through to the one answer for everything that is not a cursor.
  }
  throw new ChattyError("CURSOR_INVALID", `${JSON.stringify(text.slice(0, 80))} is not a cursor.`, {
    hint: "Use the `next` of the page before, or begin without it.",
  });
}
