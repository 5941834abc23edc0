import { isChattyError } from "@chatty/model";
import type { UserVault, VaultChange } from "@chatty/store";
import type { ServerEvent } from "../api/events.ts";
import { runtimeFromView } from "../routes/runtimes/runtime-view.ts";
import { sessionFromView } from "../routes/sessions/session-view.ts";

/** Single sessions that are told per second; what comes faster is told as one `sessions_changed` of their runtime. */
const sessionsPerSecond = 10;
const flushMs = 100;
const bulkMs = 500;

/** Turns changes of the vault into what tabs are told: each thing once per burst, as it is when the burst is told. */
export interface ChangeEvents {
  take(change: VaultChange): void;
  close(): void;
}

/** @param now milliseconds of any steady clock */
export function createChangeEvents(
  user: UserVault,
  tell: (event: ServerEvent) => void,
  now: () => number = () => performance.now(),
): ChangeEvents {
  const waiting = new Map<string, ToldChange>();
  const bulk = new Set<string>();
  let flushTimer: NodeJS.Timeout | undefined;
  let bulkTimer: NodeJS.Timeout | undefined;
  let flushedAt = Number.NEGATIVE_INFINITY;
  let allowance = sessionsPerSecond;

  const tellBulk = (): void => {
    bulkTimer = undefined;
    for (const runtimeId of bulk) tell({ type: "sessions_changed", runtimeId });
    bulk.clear();
  };
  const addBulk = (runtimeId: string): void => {
    bulk.add(runtimeId);
    bulkTimer ??= setTimeout(tellBulk, bulkMs);
  };
  const tellSession = (sessionId: string): void => {
    const event = sessionEvent(user, sessionId);
    if (event.type !== "session" || allowance >= 1) {
      if (event.type === "session") allowance -= 1;
      tell(event);
    } else addBulk(event.session.runtimeId);
  };
  const flush = (): void => {
    flushTimer = undefined;
    const at = now();
    allowance = Math.min(sessionsPerSecond, allowance + ((at - flushedAt) / 1000) * sessionsPerSecond);
    flushedAt = at;
    const changes = [...waiting.values()];
    waiting.clear();
    for (const change of changes) {
      if (change.kind === "session") tellSession(change.sessionId);
      else if (change.kind === "sessions") addBulk(change.runtimeId);
      else tell(otherEvent(user, change));
    }
  };
  return {
    take(change) {
      if (change.kind === "search") return;
      const key = keyOf(change);
      // Told in the order of the last change of each thing.
      waiting.delete(key);
      waiting.set(key, change);
      flushTimer ??= setTimeout(flush, Math.max(0, flushedAt + flushMs - now()));
    },
    close() {
      clearTimeout(flushTimer);
      clearTimeout(bulkTimer);
      waiting.clear();
    },
  };
}

/** How far the index is has an event of its own. */
type ToldChange = Exclude<VaultChange, { kind: "search" }>;

function keyOf(change: ToldChange): string {
  const about = "sessionId" in change ? change.sessionId : "runtimeId" in change ? change.runtimeId : "";
  return `${change.kind} ${about}`;
}

function sessionEvent(user: UserVault, sessionId: string): ServerEvent {
  try {
    const session = sessionFromView(user.session(sessionId));
    return { type: "session", session };
  } catch (error) {
    if (isChattyError(error, "SESSION_NOT_FOUND")) return { type: "session_removed", sessionId };
    throw error;
  }
}

function otherEvent(
  user: UserVault,
  change: Exclude<ToldChange, { kind: "session" | "sessions" }>,
): ServerEvent {
  switch (change.kind) {
    case "session_removed":
      return { type: "session_removed", sessionId: change.sessionId };
    case "messages":
      return { type: "messages", sessionId: change.sessionId };
    case "runtime": {
      const { runtimeId } = change;
      const view = user.runtimes().find((runtime) => runtime.runtimeId === runtimeId);
      return view === undefined
        ? { type: "runtime_removed", runtimeId }
        : { type: "runtime", runtime: runtimeFromView(view) };
    }
    case "runtime_selected":
      return { type: "runtime_selected", runtimeId: change.runtimeId };
    case "draft": {
      const { sessionId } = change;
      return { type: "draft", sessionId, text: user.draft(sessionId)?.text ?? "" };
    }
    case "settings":
      return { type: "settings" };
  }
}
