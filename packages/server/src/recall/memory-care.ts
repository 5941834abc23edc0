import { setImmediate as nextTurn } from "node:timers/promises";
import type { SessionId } from "@chatty/model";
import type { SessionView, UserVault } from "@chatty/store";
import type { JobBoard } from "../jobs/job-board.ts";
import { keepExtract } from "./summarise-session.ts";
import type { VaultOfSummaries } from "./summarise-session.ts";

/** Keeps summaries of conversations that changed up to date while nobody waits for anything. No model is ever asked. */
export interface MemoryCare {
  watch(): void;
  /** Ends what is under way and waits for it. */
  stop(): Promise<void>;
}

export interface MemoryCareParts {
  user: VaultOfSummaries & Pick<UserVault, "sessions">;
  board: Pick<JobBoard, "list" | "isRunning">;
  /** Integer milliseconds UTC. */
  now: () => number;
  /** Milliseconds between two looks; ten minutes when absent. */
  lookEveryMs?: number;
}

/** A conversation that changed less than this long ago may change again. */
const restMs = 5 * 60_000;
/** Conversations that are looked at, the newest first, and summaries that are made in one look. */
const mostLooked = 200;
const mostMade = 10;
/** A shorter conversation is its own summary. */
const fewestMessages = 4;

export function createMemoryCare(parts: MemoryCareParts): MemoryCare {
  const { user, board, now, lookEveryMs = 10 * 60_000 } = parts;
  const done = new Map<SessionId, string>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;

  const isDue = (view: SessionView): boolean => {
    const { sessionId, revision, messageCount, deleted, archived, updatedAt = 0 } = view;
    if (deleted || archived || messageCount < fewestMessages || now() - updatedAt < restMs) return false;
    if (done.get(sessionId) === revision) return false;
    const kept = user.memory.summary(sessionId);
    // What a model wrote is the person's to make anew.
    if (kept?.method !== "model" && kept?.revision !== revision) return true;
    done.set(sessionId, revision);
    return false;
  };
  const look = async (): Promise<void> => {
    if (board.list().some(({ jobId }) => board.isRunning(jobId))) return;
    let made = 0;
    for (const view of user.sessions({ kind: "native", limit: mostLooked }).sessions) {
      if (isStopped || made >= mostMade) return;
      if (!isDue(view)) continue;
      await keepExtract(user, view.sessionId, now());
      done.set(view.sessionId, view.revision);
      made += 1;
      await nextTurn();
    }
  };
  const begin = (): void => {
    running ??= look()
      .catch(() => {
        // A full disk, or a conversation that went away meanwhile: nothing is lost by it, and there is another look.
      })
      .finally(() => {
        running = undefined;
      });
  };
  return {
    watch() {
      timer ??= setInterval(begin, lookEveryMs).unref();
    },
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
