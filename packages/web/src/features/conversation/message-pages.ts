import type { Message, MessageWindow } from "@chatty/server/api";

/** Messages are asked for in pages of this many, aligned, so that every reader asks for the same ones. */
export const pageSize = 40;
/** Pages on each side of what is seen that are kept; the others are dropped. */
const keptAround = 6;

/** Indexes from `from` up to, not including, `to`. */
export interface IndexRange {
  from: number;
  to: number;
}

/** Numbers of the pages that hold the range, with one more on each side so that it is there before it is seen. */
export function pagesOf(range: IndexRange, total: number): number[] {
  if (total <= 0) return [];
  const last = Math.floor((total - 1) / pageSize);
  const from = Math.max(0, Math.floor(range.from / pageSize) - 1);
  const to = Math.min(last, Math.floor(Math.max(range.from, range.to - 1) / pageSize) + 1);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, offset) => from + offset);
}

/** True for a page so far from those in use that its messages are dropped from memory. */
export function isFarPage(page: number, used: readonly number[]): boolean {
  const first = used[0];
  const last = used.at(-1);
  if (first === undefined || last === undefined) return false;
  return page < first - keptAround || page > last + keptAround;
}

/** Cuts a window of any place into the whole pages that lie in it. */
export function wholePages(window: MessageWindow): { page: number; window: MessageWindow }[] {
  const pages: { page: number; window: MessageWindow }[] = [];
  const end = window.from + window.messages.length;
  for (let page = Math.ceil(window.from / pageSize); page * pageSize < end; page += 1) {
    const from = page * pageSize;
    const to = Math.min(from + pageSize, window.total);
    if (to > end) break;
    pages.push({
      page,
      window: { ...window, from, messages: window.messages.slice(from - window.from, to - window.from) },
    });
  }
  return pages;
}

/** What is loaded of a path, by index. */
export class LoadedMessages {
  readonly total: number;
  readonly leafId: string | null;
  readonly #windows: readonly MessageWindow[];

  /** @param windows in any order; the first one says how long the path is. */
  constructor(windows: readonly MessageWindow[], total: number, leafId: string | null) {
    this.#windows = windows;
    this.total = total;
    this.leafId = leafId;
  }

  /** The message at an index of the path; undefined while it is not loaded. */
  at(index: number): Message | undefined {
    for (const window of this.#windows) {
      const message = window.messages[index - window.from];
      if (message !== undefined && index >= window.from) return message;
    }
    return undefined;
  }

  /** Index of a loaded message. */
  indexOf(id: string): number | undefined {
    for (const window of this.#windows) {
      const offset = window.messages.findIndex((message) => message.id === id);
      if (offset !== -1) return window.from + offset;
    }
    return undefined;
  }
}
