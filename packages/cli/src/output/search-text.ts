import type { FacetCount, SearchAnswer, SearchFacets, SearchHit, SearchRequest } from "@chatty/model";
import { markedLine, wrapMarked } from "./marked-text.ts";
import { count, countOf, instant, listing } from "./phrases.ts";
import { oneLine } from "./plain-text.ts";
import { titleOf } from "./session-table.ts";
import type { Style } from "./style.ts";

const shownValues = 8;
const barColumns = 30;
const names = { user: "You", assistant: "Assistant", system: "System", tool: "Tool" } as const;
const places = {
  text: "",
  title: "in the title",
  thinking: "in a thought",
  tool: "in a tool",
  file: "in a file",
};

/** Hits as one reads them: by conversation, in the order of the best of each. */
export function renderSearch(answer: SearchAnswer, request: SearchRequest, style: Style): string {
  const { hits, next, facets } = answer;
  const blocks: string[] = [];
  const notices = answer.notices.map((notice) => `Note: ${oneLine(notice)}`);
  if (notices.length > 0) blocks.push(notices.join("\n"));
  for (const group of byConversation(hits)) blocks.push(renderConversationHits(group, style));
  if (facets !== undefined && hits.length > 0) blocks.push(renderFacets(facets, style));
  blocks.push(summaryLines(answer, request, style).join("\n"));
  if (next !== undefined) blocks.push(`More: the same command with --after ${next}`);
  return `${blocks.join("\n\n")}\n`;
}

function byConversation(hits: readonly SearchHit[]): SearchHit[][] {
  const groups = new Map<string, SearchHit[]>();
  for (const hit of hits) {
    const group = groups.get(hit.sessionId);
    if (group === undefined) groups.set(hit.sessionId, [hit]);
    else group.push(hit);
  }
  return [...groups.values()];
}

function renderConversationHits(hits: readonly SearchHit[], style: Style): string {
  const [first] = hits;
  if (first === undefined) return "";
  const mark = markOf(style);
  const title = markedLine(first.title, first.titleMarks);
  const heading =
    title.text === ""
      ? [style.strong(titleOf(first))]
      : wrapMarked(title, style.columns, mark).map(style.strong);
  const archived = first.archived === true ? " · archived" : "";
  const lines = [...heading, style.faint(`${first.runtimeId} · ${first.sessionId}${archived}`)];
  for (const hit of hits) {
    lines.push(`  ${hitFacts(hit, style)}`);
    const snippet = markedLine(hit.snippet, hit.marks);
    // A title that was hit stands above already.
    if (snippet.text === "" || snippet.text === title.text) continue;
    lines.push(...wrapMarked(snippet, Math.max(20, style.columns - 4), mark).map((line) => `    ${line}`));
  }
  return lines.join("\n");
}

/** What was looked for stands out by weight and colour. */
function markOf(style: Style): (text: string) => string {
  return (text) => style.strong(style.accent(text));
}

function hitFacts({ timestamp, role, model, field, onActivePath, foundBy }: SearchHit, style: Style): string {
  const speaker = model === undefined ? names[role] : `${names[role]} (${oneLine(model)})`;
  const facts = [
    timestamp === undefined ? "no date" : instant(timestamp),
    field === "title" ? "" : speaker,
    places[field],
    onActivePath ? "" : "another branch",
    foundBy.includes("text") ? "" : "by meaning",
  ];
  return style.faint(facts.filter((fact) => fact !== "").join(" · "));
}

function summaryLines(answer: SearchAnswer, request: SearchRequest, style: Style): string[] {
  const { hits, total, totalIsExact, pendingSessions, searchedBackTo, suggestions } = answer;
  const lines: string[] = [];
  if (hits.length === 0)
    lines.push(request.after === undefined ? "Nothing was found." : "Nothing more was found.");
  else if (total === undefined) lines.push(`${countOf(hits.length, "message")} shown.`);
  else {
    const all = `${totalIsExact ? "" : "At least "}${countOf(total, "message")} found by words`;
    lines.push(`${all}, ${count(hits.length)} shown.`);
  }
  if (suggestions !== undefined && suggestions.length > 0) {
    lines.push(`Did you mean ${listing(suggestions.map((text) => `"${style.strong(oneLine(text))}"`))}?`);
  }
  const isRanked = request.sort !== "newest" && request.query.trim() !== "";
  if (isRanked && answer.sort === "newest" && hits.length > 0) {
    lines.push("The newest come first: these words are too common to be ranked.");
  }
  if (searchedBackTo !== undefined) {
    lines.push(
      `Nothing from before ${instant(searchedBackTo)} UTC was looked through; --to goes further back.`,
    );
  }
  const wanted = request.mode ?? "hybrid";
  if (wanted === "semantic" && answer.mode !== "semantic") {
    lines.push("Found by words: there is nothing yet to find by meaning. `--state` says how far it is.");
  }
  if (answer.meaningIsComplete === false) {
    lines.push(
      style.hint("Not everything can be found by meaning yet: `chatty search --state` says how far it is."),
    );
  }
  if (pendingSessions > 0) lines.push(style.bad(pendingText(pendingSessions)));
  return lines;
}

/** What an answer may lack. */
export function pendingText(sessions: number): string {
  return `${countOf(sessions, "conversation")} ${sessions === 1 ? "is" : "are"} not in the index yet, so something may be missing.`;
}

function renderFacets(facets: SearchFacets, style: Style): string {
  const rows: [string, readonly FacetCount[]][] = [
    ["Runtimes", facets.runtimes],
    ["Constructs", facets.constructs],
    ["Roles", facets.roles],
    ["Models", facets.models],
    ["With", facets.has],
    ["Found in", facets.fields],
  ];
  const lines = rows
    .filter(([, counts]) => counts.length > 0)
    .map(([name, counts]) => `${style.strong(name.padEnd(10))}  ${countsText(counts)}`);
  lines.push(...monthLines(facets.months, style));
  if (!facets.exact) lines.push("Counted among the newest only.");
  return lines.join("\n");
}

function countsText(counts: readonly FacetCount[]): string {
  const shown = counts.slice(0, shownValues).map((each) => `${oneLine(each.value)} ${count(each.count)}`);
  const rest = counts.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${count(rest)} more`] : [])].join(", ");
}

function monthLines(months: readonly FacetCount[], style: Style): string[] {
  const most = Math.max(1, ...months.map((month) => month.count));
  return months.map(({ value, count: number }) => {
    const bar = "#".repeat(Math.max(1, Math.round((number / most) * barColumns)));
    return `${style.strong(value.padEnd(10))}  ${style.accent(bar)} ${count(number)}`;
  });
}
