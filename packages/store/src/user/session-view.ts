import { hash } from "node:crypto";
import type { UserId } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import type { CatalogCursor, CatalogSession } from "../catalog/catalog.ts";
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
    revision: revisionOfRow(row),
  };
}

/**
 * The revision of a session. A journal's last hash stands for everything in it; of an imported session the row has what can
 * change, with the version of its bytes as `journalHash`.
 */
export function revisionOfRow(row: CatalogSession): string {
  const flags = `${row.home ? "h" : ""}${row.starred ? "s" : ""}`;
  if (!row.imported) return `${row.journalSeq}-${row.journalHash.slice(0, 16)}${flags}`;
  const facts = [
    row.journalHash,
    row.runtimeId,
    row.title,
    row.updatedAt ?? null,
    row.messageCount,
    row.archived,
    row.deleted,
  ];
  return `i-${hash("sha256", JSON.stringify(facts), "hex").slice(0, 16)}${flags}`;
}

/** Stands for times that a source does not have; sorts last. */
const undated = -9007199254740991;

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
