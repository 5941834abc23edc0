import type { MeaningState, SearchState } from "@chatty/model";
import { count, countOf, size } from "./phrases.ts";
import { oneLine } from "./plain-text.ts";
import { pendingText } from "./search-text.ts";
import type { Style } from "./style.ts";

/** How far the index is. */
export function renderSearchState(search: SearchState, style: Style): string {
  const { messages, sessions, pendingSessions, state, failure, bytes, meaning } = search;
  const held = `${countOf(messages, "message")} in ${countOf(sessions, "conversation")}, ${size(bytes)} on disk`;
  const words = {
    ready: style.good("ready"),
    building: style.accent("being made"),
    failed: style.bad("failed"),
  }[state];
  const lines = [`Words    ${words}: ${held}.`];
  if (failure !== undefined) lines.push(`         ${style.bad(oneLine(failure))}`);
  if (pendingSessions > 0) lines.push(`         ${pendingText(pendingSessions)}`);
  if (state === "failed") lines.push(style.hint("         `chatty rebuild catalog` makes it again."));
  lines.push(`Meaning  ${meaningText(meaning, style)}`);
  if (meaning.failure !== undefined) lines.push(`         ${style.bad(oneLine(meaning.failure))}`);
  return `${lines.join("\n")}\n`;
}

function meaningText({ state, model, chunks, pendingChunks }: MeaningState, style: Style): string {
  const name = model === undefined ? "" : ` (${oneLine(model)})`;
  const done =
    pendingChunks === 0
      ? countOf(chunks, "passage")
      : `${count(chunks)} of ${countOf(chunks + pendingChunks, "passage")}`;
  switch (state) {
    case "off":
      return "switched off in the settings.";
    case "absent":
      return "there is nothing that makes vectors of texts.";
    case "ready":
      return `${style.good("ready")}: ${done}${name}.`;
    case "building":
      return `${style.accent("being made")}: ${done}${name}.`;
    case "paused":
      return `paused: ${done}${name}.`;
    case "failed":
      return `${style.bad("failed")}: ${done}${name}.`;
  }
}
