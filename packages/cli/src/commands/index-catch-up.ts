import { setTimeout as wait } from "node:timers/promises";
import type { SearchState } from "@chatty/model";
import type { CommandOutput } from "../output/command-output.ts";
import { count, countOf } from "../output/phrases.ts";

export interface CatchUpParts {
  readonly state: () => Promise<SearchState>;
  output: CommandOutput;
  signal: AbortSignal;
  /** Milliseconds after which the answer is given with what there is. */
  patienceMs: number;
}

const firstPauseMs = 10;
const longestPauseMs = 250;
/** What takes longer is worth a word even where no progress can be drawn. */
const silentMs = 2500;

/**
 * Waits until every conversation is in the index, with progress on stderr, but not longer than `patienceMs`.
 * @returns how far it is then
 * @throws the signal's reason
 */
export async function catchUpIndex({
  state,
  output,
  signal,
  patienceMs,
}: CatchUpParts): Promise<SearchState> {
  const startedMs = performance.now();
  let pauseMs = firstPauseMs;
  let most = 0;
  let isTold = false;
  for (;;) {
    const now = await state();
    const waitedMs = performance.now() - startedMs;
    if (!isBehind(now) || waitedMs >= patienceMs) {
      await output.progress.clear();
      return now;
    }
    most = Math.max(most, now.pendingSessions);
    const done = `${count(most - now.pendingSessions)} of ${countOf(most, "conversation")}`;
    output.progress.show({
      label: `Bringing search up to date: ${done}`,
      bytesDone: 0,
      bytesTotal: 0,
      conversations: 0,
    });
    if (!isTold && waitedMs >= silentMs) {
      isTold = true;
      await output.note(
        `Search is being brought up to date: ${countOf(now.pendingSessions, "conversation")} to go. --no-wait answers at once.`,
      );
    }
    await wait(pauseMs, undefined, { signal });
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.5);
  }
}

/** True while waiting helps: what failed does not get ready by itself. */
function isBehind({ state, pendingSessions }: SearchState): boolean {
  return state !== "failed" && (state === "building" || pendingSessions > 0);
}
