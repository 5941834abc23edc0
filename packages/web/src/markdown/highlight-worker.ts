import { createCodePlugin, type CodeHighlighterPlugin, type HighlightResult } from "@streamdown/code";
import type { ColourAnswer, ColouredCode, ColourRequest } from "./coloured-code.ts";

// Loading a grammar and reading the first code with it takes a hundred milliseconds: too long for the thread that draws.

type Language = Parameters<CodeHighlighterPlugin["supportsLanguage"]>[0];
type Wanted = Exclude<ColourRequest, { cancel: number }>;

const plugin = createCodePlugin({ themes: ["github-light-high-contrast", "github-dark-high-contrast"] });
const waiting = new Map<number, Wanted>();
let isScheduled = false;

addEventListener("message", ({ data }: MessageEvent<ColourRequest>) => {
  if ("cancel" in data) {
    waiting.delete(data.cancel);
    return;
  }
  waiting.set(data.id, data);
  schedule();
});

/** One at a time, so that a request can still be cancelled while another is worked on. */
function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setTimeout(() => {
    isScheduled = false;
    const next = waiting.values().next().value;
    if (next === undefined) return;
    waiting.delete(next.id);
    colour(next);
    schedule();
  });
}

function colour({ id, code, language, isIncomplete }: Wanted): void {
  const known = language as Language;
  if (!plugin.supportsLanguage(known)) {
    answer({ id });
    return;
  }
  const done = (result: HighlightResult): void => answer({ id, lines: linesOf(result) });
  const now = plugin.highlight({ code, language: known, themes: plugin.getThemes(), isIncomplete }, done);
  if (now !== null) done(now);
}

function linesOf(result: HighlightResult): ColouredCode {
  return result.tokens.map((line) =>
    line.map(({ content, color, htmlStyle }) => ({
      content,
      light: htmlStyle?.["color"] ?? color,
      dark: htmlStyle?.["--shiki-dark"],
    })),
  );
}

function answer(value: ColourAnswer): void {
  postMessage(value);
}
