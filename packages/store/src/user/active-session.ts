// Which conversation of a runtime the person was in, and which were its homes.
import type { JsonValue, RuntimeId, SessionId } from "@chatty/model";
import { isJsonObject } from "@chatty/model";
import type { CatalogSession } from "../catalog/catalog.ts";
import type { ActiveSession, HomeSpan } from "../views.ts";
import { actsAfter } from "../workspace/history.ts";
import { homeOfRuntime } from "../workspace/homes.ts";
import { activeSessionPrefix, getSetting, settingChange } from "../workspace/settings.ts";
import { runtimeFamily } from "./runtime-changes.ts";
import type { UserContext } from "./user-context.ts";

/** Keeps that the person is in this conversation now. It is on disk when this returns. */
export function keepActiveSession(context: UserContext, row: CatalogSession, runtimeId: RuntimeId): void {
  const { storage, userId, now } = context;
  const key = `${activeSessionPrefix}${runtimeId}`;
  if (keptIn(getSetting(storage.configuration, userId, key)) === row.sessionId) return;
  storage.configuration.applyAlone([settingChange(userId, key, { sessionId: row.sessionId, at: now() })]);
}

/**
 * The conversation of a runtime that the person was in last: the one that was kept; where that is lost, gone or deleted, the one of the
 * runtime that was left last, by the places; else the home.
 */
export function activeSession(context: UserContext, runtimeId: RuntimeId): ActiveSession {
  const { storage, userId } = context;
  const reader = storage.configuration;
  const family = new Set<string>(runtimeFamily(context, runtimeId));
  const isThere = (sessionId: SessionId | undefined): sessionId is SessionId => {
    const row = sessionId === undefined ? undefined : context.catalog.session(sessionId);
    return row !== undefined && !row.deleted && family.has(row.runtimeId);
  };
  const kept = keptIn(getSetting(reader, userId, `${activeSessionPrefix}${runtimeId}`));
  if (isThere(kept)) return { sessionId: kept, foundBy: "kept" };
  const sql = "SELECT session_id FROM places WHERE user_id = ? ORDER BY updated_at DESC, session_id";
  for (const row of reader.all(sql, userId)) {
    const sessionId = row["session_id"] as SessionId;
    if (isThere(sessionId)) return { sessionId, foundBy: "place" };
  }
  const home = homeOfRuntime(reader, userId, runtimeId);
  if (home === undefined) throw new TypeError(`The runtime ${runtimeId} has no home.`);
  return { sessionId: home.sessionId, foundBy: "home" };
}

/** Which conversations were the home of a runtime and since when, the present one first, as far back as acts are kept. */
export function homesOf(context: UserContext, runtimeId: RuntimeId): HomeSpan[] {
  const { storage, userId } = context;
  const reader = storage.configuration;
  const present = homeOfRuntime(reader, userId, runtimeId);
  if (present === undefined) return [];
  const spans: HomeSpan[] = [];
  let sessionId: SessionId | undefined = present.sessionId;
  let until: number | undefined;
  const tell = (from?: number): void => {
    // A row that was damaged may have named anything.
    if (sessionId === undefined || context.catalog.session(sessionId) === undefined) return;
    spans.push({
      sessionId,
      ...(from === undefined ? {} : { from }),
      ...(until === undefined ? {} : { until }),
    });
  };
  for (const { at, changes } of actsAfter(reader, userId, -1)) {
    for (const { table, key, before, after } of changes) {
      if (table !== "homes" || key["runtime_id"] !== runtimeId) continue;
      // Before a row that was lost stands what the act before it had made.
      sessionId ??= after?.["session_id"] as SessionId | undefined;
      tell(at);
      until = at;
      sessionId = before?.["session_id"] as SessionId | undefined;
    }
  }
  tell();
  return spans;
}

function keptIn(value: JsonValue | undefined): SessionId | undefined {
  const sessionId = isJsonObject(value) ? value["sessionId"] : undefined;
  return typeof sessionId === "string" ? (sessionId as SessionId) : undefined;
}
