import type { ColourAnswer, ColouredCode, ColourRequest } from "./coloured-code.ts";

/** Longer code is shown without colours: as many elements would hold up the page. */
const longestCode = 60_000;
/** Characters of code whose colours are kept, so that a block that comes back into view has them at once. */
const keptCharacters = 300_000;

const kept = new Map<string, ColouredCode>();
let keptLength = 0;

type Wanted = Exclude<ColourRequest, { cancel: number }>;
interface Waiting {
  request: Wanted;
  onResult: (lines: ColouredCode) => void;
}
const waiting = new Map<number, Waiting>();
let worker: Worker | undefined;
let lastId = 0;

/** The colours of code that was coloured before. */
export function knownColours(code: string, language: string): ColouredCode | undefined {
  const key = keyOf(code, language);
  const lines = kept.get(key);
  if (lines === undefined) return undefined;
  // The least recently used goes first.
  kept.delete(key);
  kept.set(key, lines);
  return lines;
}

/**
 * Colours code beside the page and tells `onResult`. Languages that are not known, and code that is very long, are never told.
 * The grammar engine is plain JavaScript: the page's policy allows no other.
 * @returns what to call when the answer is no longer wanted
 */
export function requestColours(
  code: string,
  language: string,
  isIncomplete: boolean,
  onResult: (lines: ColouredCode) => void,
): () => void {
  if (language === "" || code.length > longestCode) return () => undefined;
  lastId += 1;
  const request = { id: lastId, code, language, isIncomplete };
  waiting.set(request.id, { request, onResult });
  send(request);
  return () => {
    if (waiting.delete(request.id)) worker?.postMessage({ cancel: request.id } satisfies ColourRequest);
  };
}

function send(request: Wanted): void {
  worker ??= start();
  worker.postMessage(request);
}

function start(): Worker {
  const started = new Worker(new URL("highlight-worker.ts", import.meta.url), { type: "module" });
  started.addEventListener("message", ({ data }: MessageEvent<ColourAnswer>) => {
    const asked = waiting.get(data.id);
    if (asked === undefined) return;
    waiting.delete(data.id);
    if (data.lines === undefined) return;
    if (!asked.request.isIncomplete) keep(asked.request, data.lines);
    asked.onResult(data.lines);
  });
  // Its file could not be fetched: code stays readable without colours, and the next block asks for it again.
  started.addEventListener("error", () => {
    started.terminate();
    worker = undefined;
    waiting.clear();
  });
  return started;
}

function keep({ code, language }: Wanted, lines: ColouredCode): void {
  kept.set(keyOf(code, language), lines);
  keptLength += code.length;
  for (const key of kept.keys()) {
    if (keptLength <= keptCharacters || kept.size === 1) return;
    kept.delete(key);
    keptLength -= key.length - key.indexOf("\n") - 1;
  }
}

function keyOf(code: string, language: string): string {
  return `${language}\n${code}`;
}
