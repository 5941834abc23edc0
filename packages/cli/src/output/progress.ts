import type { ByteSink, TerminalTraits } from "../streams.ts";
import { countOf, duration, size } from "./phrases.ts";
import { fitWidth } from "./plain-text.ts";

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
      const line = fitWidth(progressLine(state, atMs - startedMs), Math.max(20, terminal.columns - 1));
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

/** `Reading  [#####-----]  48 %  61 MB of 127 MB  1,204 conversations  22.1 MB/s  3 s left` */
export function progressLine(state: ProgressState, elapsedMs: number): string {
  const parts = [state.label];
  if (state.bytesTotal > 0) {
    const share = Math.min(1, state.bytesDone / state.bytesTotal);
    const filled = Math.round(share * 20);
    parts.push(`[${"#".repeat(filled)}${"-".repeat(20 - filled)}]`, `${Math.floor(share * 100)} %`);
    parts.push(`${size(state.bytesDone)} of ${size(state.bytesTotal)}`);
  } else if (state.bytesDone > 0) parts.push(size(state.bytesDone));
  if (state.conversations > 0) parts.push(countOf(state.conversations, "conversation"));
  if (elapsedMs > 500 && state.bytesDone > 0) {
    const bytesPerMs = state.bytesDone / elapsedMs;
    parts.push(`${size(bytesPerMs * 1000)}/s`);
    const restMs = (state.bytesTotal - state.bytesDone) / bytesPerMs;
    if (restMs > 0) parts.push(`${duration(Math.max(1000, restMs))} left`);
  }
  return parts.join("  ");
}
