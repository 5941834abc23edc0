import { hash } from "node:crypto";
import type { CatalogSession } from "../catalog/catalog.ts";
import type { ChangeOptions } from "../views.ts";
import { revisionConflict } from "./session-errors.ts";

/**
 * The revision of a session. A journal's last hash stands for everything in it; of an imported session the row has what can
 * change, with the version of its bytes in place of the hash.
 */
export function sessionRevision(row: CatalogSession): string {
  const flags = `${row.home ? "h" : ""}${row.starred ? "s" : ""}`;
  if (!row.imported) return `${row.journalSeq}-${row.journalHash.slice(0, 16)}${flags}`;
  const { journalHash, runtimeId, title, messageCount, archived, deleted } = row;
  const facts = [journalHash, runtimeId, title, row.updatedAt ?? null, messageCount, archived, deleted];
  return `i-${hash("sha256", JSON.stringify(facts), "hex").slice(0, 16)}${flags}`;
}

/** @throws {ChattyError} REVISION_CONFLICT when a session is no longer at the revision that a change is meant for. */
export function checkRevision(row: CatalogSession, { ifMatch }: ChangeOptions): void {
  if (ifMatch === undefined || ifMatch === sessionRevision(row)) return;
  throw revisionConflict(`Session ${row.sessionId}`);
}
