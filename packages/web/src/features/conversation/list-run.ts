import type { IndexRange } from "./message-pages.ts";

/**
 * The list lays out a run of at most this many messages, however long the conversation is: browsers cannot make an element as high
 * as 100,000 messages would be.
 */
export const runLength = 320;
/** How near an end of the run one may come before it moves on. */
const margin = 70;

/** The run that has an index in its middle. */
export function runAround(index: number, count: number): IndexRange {
  const from = Math.max(0, Math.min(index - Math.floor(runLength / 2), count - runLength));
  return { from, to: Math.min(count, from + runLength) };
}

/**
 * The run for what is seen now: the same object while it still fits; moved when one comes near an end that is not the end of the
 * conversation; grown or cut with the conversation.
 */
export function runFor(run: IndexRange, seen: IndexRange, count: number): IndexRange {
  const nearStart = run.from > 0 && seen.from - run.from < margin;
  const nearEnd = run.to < count && run.to - seen.to < margin;
  if (run.to > count || nearStart || nearEnd) {
    const next = runAround(Math.floor((Math.min(seen.from, count) + Math.min(seen.to, count)) / 2), count);
    return next.from === run.from && next.to === run.to ? run : next;
  }
  return run;
}

/** What the position rail shows: where the view begins and ends, as parts of the whole from 0 to 1. */
export interface RailPlace {
  top: number;
  size: number;
}

/**
 * Where the thumb stands. @param first index at the top of the view, with the part of that message that is above it as a fraction.
 * @param seen how many messages the view holds
 */
export function railPlace(first: number, seen: number, count: number, smallest: number): RailPlace {
  if (count <= 0) return { top: 0, size: 1 };
  const size = Math.min(1, Math.max(smallest, seen / count));
  const room = Math.max(1e-9, count - seen);
  return { top: Math.min(1, Math.max(0, first / room)) * (1 - size), size };
}
