import type { SearchState } from "@chatty/model";
import type { ServerEvent } from "../api/events.ts";

/** Tells tabs how far the search index is while that changes. */
export interface SearchStateEvents {
  /** Something happened that may give the index work: looks now and goes on for as long as it is at work. */
  look(): void;
  close(): void;
}

export interface SearchStateParts {
  /** The state now. What it rejects with ends the looking until the next `look`. */
  readonly state: () => Promise<SearchState>;
  readonly tell: (event: ServerEvent) => void;
  /** False while nobody listens: then nothing is looked at. */
  readonly isHeard: () => boolean;
}

/** Between two looks while the index works: what is told is at most so often. */
const busyMs = 400;
/** After a change it is looked at for so long as if it were at work: what a change gives it to do comes a moment later. */
const afterChangeMs = 2000;
/** Between two looks while it rests; work that begins by itself is seen so late. */
const restMs = 5000;

export function createSearchStateEvents({ state, tell, isHeard }: SearchStateParts): SearchStateEvents {
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let busyUntil = Number.NEGATIVE_INFINITY;
  let told = "";
  let isLooking = false;
  let isClosed = false;

  const schedule = (at: number): void => {
    if (isClosed || at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(() => void lookNow(), Math.max(0, at - performance.now())).unref();
  };
  const lookNow = async (): Promise<void> => {
    dueAt = Number.POSITIVE_INFINITY;
    lookedAt = performance.now();
    if (isLooking) {
      schedule(lookedAt + busyMs);
      return;
    }
    if (!isHeard()) return;
    isLooking = true;
    const search = await stateOrNothing(state);
    isLooking = false;
    if (search === undefined || isClosed) return;
    const text = JSON.stringify(search);
    if (text !== told) {
      told = text;
      tell({ type: "search_state", search });
    }
    schedule(lookedAt + (isAtWork(search) || lookedAt < busyUntil ? busyMs : restMs));
  };
  return {
    look() {
      const now = performance.now();
      busyUntil = now + afterChangeMs;
      schedule(Math.max(now, lookedAt + busyMs));
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

function isAtWork({ state, pendingSessions, meaning }: SearchState): boolean {
  return state === "building" || pendingSessions > 0 || meaning.state === "building";
}

async function stateOrNothing(state: () => Promise<SearchState>): Promise<SearchState | undefined> {
  try {
    return await state();
  } catch {
    // The vault is being closed, or the account was erased; whoever asks for the state is told so there.
    return undefined;
  }
}
