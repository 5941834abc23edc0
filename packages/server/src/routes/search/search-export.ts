// All hits of a question as a file. One page of hits is in memory at a time, and the next is looked for when the reader took it.
import type { SearchAnswer, SearchHit, SearchRequest } from "@chatty/model";

export type ExportFormat = "json" | "csv" | "md";

/** Hits of one look; as many as one answer may hold. */
export const exportPageSize = 200;

export interface ExportParts {
  request: SearchRequest;
  /** The answer to `request`, which was asked for before, so that a question that cannot be answered is told as an error. */
  first: SearchAnswer;
  readonly search: (request: SearchRequest) => Promise<SearchAnswer>;
  /** Integer milliseconds UTC. */
  now: number;
}

export const exportTypes: Readonly<Record<ExportFormat, string>> = {
  json: "application/json; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  md: "text/markdown; charset=utf-8",
};

/** The file, piece by piece, in the order of the answer. */
export function exportText(format: ExportFormat, parts: ExportParts): AsyncGenerator<string> {
  switch (format) {
    case "json":
      return jsonText(parts);
    case "csv":
      return csvText(parts);
    case "md":
      return markdownText(parts);
  }
}

async function* pagesOf({ request, first, search }: ExportParts): AsyncGenerator<SearchAnswer> {
  let answer = first;
  for (;;) {
    yield answer;
    const { next } = answer;
    if (next === undefined) return;
    answer = await search({ ...request, after: next });
    if (answer.next === next) throw new TypeError("A page of hits leads to itself.");
  }
}

/** The answer's keys, with all hits in one list; what is known only at the end stands at the end. */
async function* jsonText(parts: ExportParts): AsyncGenerator<string> {
  const { first, request, now } = parts;
  const head = {
    query: request.query,
    ...(request.filters === undefined ? {} : { filters: request.filters }),
    exportedAt: now,
    mode: first.mode,
    sort: first.sort,
    notices: first.notices,
  };
  yield `${JSON.stringify(head).slice(0, -1)},"hits":[`;
  let count = 0;
  let last = first;
  for await (const answer of pagesOf(parts)) {
    last = answer;
    const lines = answer.hits.map(
      (hit, index) => `${count + index === 0 ? "" : ","}\n${JSON.stringify(hit)}`,
    );
    count += answer.hits.length;
    yield lines.join("");
  }
  const { pendingSessions, meaningIsComplete, searchedBackTo } = last;
  const tail = {
    count,
    pendingSessions,
    ...(meaningIsComplete === undefined ? {} : { meaningIsComplete }),
    ...(searchedBackTo === undefined ? {} : { searchedBackTo }),
  };
  yield `\n],${JSON.stringify(tail).slice(1)}\n`;
}

const columns: readonly [name: string, value: (hit: SearchHit) => string][] = [
  ["sessionId", ({ sessionId }) => sessionId],
  ["messageId", ({ messageId }) => messageId ?? ""],
  ["runtimeId", ({ runtimeId }) => runtimeId],
  ["constructId", ({ constructId }) => constructId],
  ["title", ({ title }) => inertCell(title)],
  ["role", ({ role }) => role],
  ["model", ({ model }) => inertCell(model ?? "")],
  ["time", ({ timestamp }) => timeText(timestamp)],
  ["score", ({ score }) => String(score)],
  ["field", ({ field }) => field],
  ["onActivePath", ({ onActivePath }) => String(onActivePath)],
  ["foundBy", ({ foundBy }) => foundBy.join(" ")],
  ["snippet", ({ snippet }) => inertCell(snippet)],
];

/** RFC 4180, with a mark of its encoding in front, which table programs need. */
async function* csvText(parts: ExportParts): AsyncGenerator<string> {
  yield `\uFEFF${columns.map(([name]) => name).join(",")}\r\n`;
  for await (const { hits } of pagesOf(parts)) {
    yield hits.map((hit) => `${columns.map(([, value]) => csvCell(value(hit))).join(",")}\r\n`).join("");
  }
}

/** What a table program would compute is kept from it by a quote in front: words of a conversation are no formula. */
function inertCell(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function* markdownText(parts: ExportParts): AsyncGenerator<string> {
  const { first, request, now } = parts;
  const asked = request.query.trim() === "" ? "Search" : `Search: ${plainWords(request.query)}`;
  yield `# ${asked}\n\nExported ${timeText(now)}.\n`;
  for (const notice of first.notices) yield `\n${plainWords(notice)}\n`;
  let session: string | undefined;
  let count = 0;
  let last = first;
  for await (const answer of pagesOf(parts)) {
    last = answer;
    let text = "";
    for (const hit of answer.hits) {
      if (hit.sessionId !== session)
        text += `\n## ${plainWords(hit.title) || "Untitled"}\n\n\`${hit.sessionId}\`\n`;
      session = hit.sessionId;
      text += `\n${hitLine(hit)}\n\n${quoted(hit)}\n`;
    }
    count += answer.hits.length;
    yield text;
  }
  yield `\n${count} found.${pendingText(last)}\n`;
}

function hitLine({ role, model, timestamp, messageId, onActivePath }: SearchHit): string {
  const parts = [
    timestamp === undefined ? "without a date" : timeText(timestamp),
    role,
    ...(model === undefined ? [] : [plainWords(model)]),
    ...(onActivePath ? [] : ["in another branch"]),
    ...(messageId === null ? [] : [`\`${messageId}\``]),
  ];
  return parts.join(" · ");
}

function quoted({ snippet, marks }: SearchHit): string {
  let text = "";
  let at = 0;
  for (const [from, to] of marks) {
    text += `${plainWords(snippet.slice(at, from))}**${plainWords(snippet.slice(from, to))}**`;
    at = to;
  }
  text += plainWords(snippet.slice(at));
  return `> ${text}`;
}

function pendingText({ pendingSessions }: SearchAnswer): string {
  if (pendingSessions === 0) return "";
  return ` ${pendingSessions} ${pendingSessions === 1 ? "conversation is" : "conversations are"} not in the index yet, so something may be missing.`;
}

/** Words that stand for themselves in Markdown, on one line. */
function plainWords(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>#|~!&]/g, (mark) => `\\${mark}`);
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? "" : new Date(ms).toISOString();
}
