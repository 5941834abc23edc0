import type { ByteSink, TerminalTraits } from "../streams.ts";
import { countOf, duration, size } from "./phrases.ts";
import { displayWidth, fitWidth } from "./plain-text.ts";

export interface ProgressState {
  label: string;
  bytesDone: number;
  bytesTotal: number;
  conversations: number;
}

/** One line at the foot of the terminal, drawn over itself. Without a terminal it does nothing. */
export interface Progress {
  show(state: ProgressState): void;
  /** Takes the line away; must be called before anything else is written. */
  clear(): Promise<void>;
}

const redrawEveryMs = 100;

export function createProgress(
  sink: ByteSink,
  terminal: TerminalTraits,
  now: () => number = () => performance.now(),
): Progress {
  if (!terminal.stderrIsTerminal) {
    return { show: () => undefined, clear: () => Promise.resolve() };
  }
  let label = "";
  let startedMs = 0;
  let drawnMs = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  // One write at a time, and never one on top of another: a slow terminal gets fewer updates, not a queue of them.
  let isWriting = false;
  let written = Promise.resolve();
  const drawNow = async (text: string): Promise<void> => {
    try {
      await sink.write(Buffer.from(text, "utf8"));
    } catch {
      // A progress line that nobody reads is no loss.
      isDrawn = false;
    } finally {
      isWriting = false;
    }
  };
  const draw = (text: string): void => {
    isWriting = true;
    written = drawNow(text);
  };
  return {
    show(state) {
      const atMs = now();
      if (state.label !== label) {
        label = state.label;
        startedMs = atMs;
        drawnMs = Number.NEGATIVE_INFINITY;
      }
      if (isWriting || atMs - drawnMs < redrawEveryMs) return;
      drawnMs = atMs;
      isDrawn = true;
      const line = progressLine(state, atMs - startedMs, terminal.columns - 1);
      draw(`\r\u001B[2K${line}`);
    },
    async clear() {
      await written;
      if (!isDrawn) return;
      isDrawn = false;
      draw("\r\u001B[2K");
      await written;
    },
  };
}

/**
 * `Reading  [#####-----]  48 %  61 MB of 127 MB  1,204 conversations  22.1 MB/s  3 s left`
 *
 * Where `columns` do not hold all of it, the bar goes first, then the sizes, then the count, and at last letters of the label:
 * how fast it goes and how long it still takes are always whole.
 */
export function progressLine(
  state: ProgressState,
  elapsedMs: number,
  columns: number = Number.POSITIVE_INFINITY,
): string {
  const end = rateAndRest(state, elapsedMs);
  const { bar, share, sizes } = shareOf(state);
  const seen = state.conversations > 0 ? [countOf(state.conversations, "conversation")] : [];
  const bodies = [
    [...bar, ...share, ...sizes, ...seen],
    [...share, ...sizes, ...seen],
    [...share, ...seen],
    share,
    [],
  ];
  for (const body of bodies) {
    const line = [state.label, ...body, ...end].join("  ");
    if (displayWidth(line) <= columns) return line;
  }
  const rest = end.map((part) => `  ${part}`).join("");
  const room = columns - displayWidth(rest);
  return room > 0 ? `${fitWidth(state.label, room)}${rest}` : fitWidth(rest.trimStart(), columns);
}

function shareOf(state: ProgressState): { bar: string[]; share: string[]; sizes: string[] } {
  const { bytesDone, bytesTotal } = state;
  if (bytesTotal <= 0) return { bar: [], share: [], sizes: bytesDone > 0 ? [size(bytesDone)] : [] };
  const share = Math.min(1, bytesDone / bytesTotal);
  const filled = Math.round(share * 20);
  return {
    bar: [`[${"#".repeat(filled)}${"-".repeat(20 - filled)}]`],
    share: [`${Math.floor(share * 100)} %`],
    sizes: [`${size(bytesDone)} of ${size(bytesTotal)}`],
  };
}

function rateAndRest({ bytesDone, bytesTotal }: ProgressState, elapsedMs: number): string[] {
  if (elapsedMs <= 500 || bytesDone <= 0) return [];
  const bytesPerMs = bytesDone / elapsedMs;
  const restMs = (bytesTotal - bytesDone) / bytesPerMs;
  const rest = restMs > 0 ? [`${duration(Math.max(1000, restMs))} left`] : [];
  return [`${size(bytesPerMs * 1000)}/s`, ...rest];
}
