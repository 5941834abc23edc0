import type { SessionId } from "@chatty/model";
import type { UserPlace } from "../files/layout.ts";
import type { ConfigurationChange } from "../workspace/changes.ts";
import { activeSessionPrefix, recallOfPrefix } from "../workspace/settings.ts";
import type { VaultStorage } from "./vault-storage.ts";

/** Rows of the configuration that are about sessions, native or imported. */
export function forgetRows(
  { storage, user }: { storage: VaultStorage; user: UserPlace },
  ids: readonly SessionId[],
): void {
  const { configuration } = storage;
  const { userId } = user;
  const changes: ConfigurationChange[] = [];
  for (const sessionId of ids) {
    const key = { user_id: userId, session_id: sessionId };
    for (const table of ["drafts", "places", "stars", "overlays"] as const)
      changes.push({ delete: table, key });
    const aliases = "SELECT alias FROM aliases WHERE user_id = ? AND kind = 'session' AND target = ?";
    for (const { alias } of configuration.all(aliases, userId, sessionId)) {
      changes.push({ delete: "aliases", key: { user_id: userId, kind: "session", alias: alias ?? null } });
    }
    const acts = "SELECT seq FROM history WHERE user_id = ? AND subject = 'session' AND subject_id = ?";
    for (const { seq } of configuration.all(acts, userId, sessionId)) {
      changes.push({ delete: "history", key: { user_id: userId, seq: seq ?? null } });
    }
  }
  for (const sessionId of ids)
    changes.push({ delete: "settings", key: { user_id: userId, key: `${recallOfPrefix}${sessionId}` } });
  const gone = new Set<string>(ids);
  const kept = `SELECT key, value FROM settings WHERE user_id = ? AND key LIKE '${activeSessionPrefix}%'`;
  for (const { key, value } of configuration.all(kept, userId)) {
    const { sessionId } = JSON.parse(String(value)) as { sessionId?: string };
    if (gone.has(sessionId ?? "")) {
      changes.push({ delete: "settings", key: { user_id: userId, key: key ?? null } });
    }
  }
  configuration.applyAlone(changes);
}
