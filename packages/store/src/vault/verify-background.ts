import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import type { VerifyReport } from "../views.ts";
import type { VerifyPace } from "./verify.ts";

/** How a verification at idle goes. */
export interface BackgroundVerification {
  /** Ends it: what runs rejects with the reason. */
  signal?: AbortSignal;
  /** Milliseconds of work at a time; 5 when absent. */
  budgetMs?: number;
  /** Milliseconds of rest behind each; nine times the work when absent, so that it takes a tenth of one core. */
  restMs?: number;
  /** Told of each problem when it is found. */
  onProblem?: (problem: VerifyReport["problems"][number]) => void;
  /** Told of the whole report at the end. */
  onReport?: (report: VerifyReport) => void;
}

const defaultBudgetMs = 5;
const restPerWork = 9;
/** A journal of more bytes is read line by line with rests between, and is not compared with what is derived from it. */
const longBytes = 512 * 1024;

/** The pace of a verification that nobody waits for. */
export function idlePace(options: BackgroundVerification): VerifyPace {
  const budgetMs = options.budgetMs ?? defaultBudgetMs;
  const restMs = options.restMs ?? budgetMs * restPerWork;
  let until = performance.now() + budgetMs;
  return {
    async rest() {
      options.signal?.throwIfAborted();
      if (performance.now() < until) return;
      if (restMs > 0)
        await wait(restMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
      else await nextTurn();
      until = performance.now() + budgetMs;
    },
    isLong: (bytes) => bytes > longBytes,
    ...(options.onProblem === undefined ? {} : { onProblem: options.onProblem }),
  };
}
