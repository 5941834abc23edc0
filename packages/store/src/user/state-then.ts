// What the configuration said about a session at a time, from what it says now and what was done since.
import type { SessionId } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import type { Row } from "../workspace/changes.ts";
import { actsAfter, presentRow, rowBefore } from "../workspace/history.ts";
import type { Act } from "../workspace/history.ts";
import { listHomes } from "../workspace/homes.ts";
import type { UserContext } from "./user-context.ts";

/** Star, home and overlay of a session as they were. */
export interface StateThen {
  starred: boolean;
  home: boolean;
  /** Title that a person gave an imported session. */
  title: string | undefined;
  archived: boolean;
  deleted: boolean;
}

/** @param at integer milliseconds UTC. */
export function stateThen(context: UserContext, { sessionId }: CatalogSession, at: number): StateThen {
  const { storage, userId } = context;
  const reader = storage.configuration;
  const later = actsAfter(reader, userId, at);
  const key = { session_id: sessionId };
  const then = (table: "stars" | "overlays"): Row | undefined =>
    rowBefore(presentRow(reader, userId, table, key), table, key, later);
  const star = then("stars");
  const overlay = then("overlays");
  const title = overlay?.["title"];
  return {
    // Of what was done before acts were kept, the row itself says since when.
    starred: star !== undefined && Number(star["starred_at"]) <= at,
    home: wasHome(context, sessionId, at, later),
    title: typeof title === "string" ? title : undefined,
    archived: typeof overlay?.["archived_at"] === "number",
    deleted: typeof overlay?.["deleted_at"] === "number",
  };
}

function wasHome(context: UserContext, sessionId: SessionId, at: number, later: readonly Act[]): boolean {
  const { storage, userId } = context;
  const reader = storage.configuration;
  const runtimeIds = new Set<string>(listHomes(reader, userId).keys());
  for (const { changes } of later) {
    for (const { table, key } of changes) if (table === "homes") runtimeIds.add(String(key["runtime_id"]));
  }
  return [...runtimeIds].some((runtimeId) => {
    const key = { runtime_id: runtimeId };
    const home = rowBefore(presentRow(reader, userId, "homes", key), "homes", key, later);
    return home?.["session_id"] === sessionId && Number(home["set_at"]) <= at;
  });
}
