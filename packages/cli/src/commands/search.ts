import type { Role, SearchFilters, SearchMode, SearchRequest, SearchSort } from "@chatty/model";
import type { UserVault } from "@chatty/store";
import type { CommandContext, ExitCode } from "../command-context.ts";
import type { CommandDescription } from "../command-description.ts";
import { hasFlag, listOption, numberOption, textOption, usageError } from "../invocation.ts";
import type { Invocation } from "../invocation.ts";
import { renderSearchState } from "../output/search-state-text.ts";
import { renderSearch } from "../output/search-text.ts";
import { catchUpIndex } from "./index-catch-up.ts";

const roles: readonly Role[] = ["user", "assistant", "system", "tool"];
const modes: readonly SearchMode[] = ["text", "semantic", "hybrid"];
const sorts: readonly SearchSort[] = ["best", "newest"];
const filterOptions = ["runtime", "role", "model", "from", "to"] as const;
/** How long an answer waits for what is not in the index yet. */
const patienceMs = 60_000;
/** How long the state waits: long enough to compare the index with the conversations, not to make it. */
const statePatienceMs = 2000;

export const searchCommand: CommandDescription = {
  words: ["search"],
  summary: "Find messages in every conversation, by words and by meaning.",
  details: [
    'Words must all be there, in any order and any case. "exact words" in quotes stand together, -word must not be there,',
    "`begin*` finds every word that begins so. Conditions: runtime: model: from:user before:2024-05 after: has:image in:title is:starred.",
    "Several words are one query; put the whole in quotes for the shell, and after `--` when it begins with a hyphen.",
    "What is not in the index yet is taken in first, with progress on stderr, for up to a minute; --no-wait answers at once.",
    "An answer that may lack something says so: `pendingSessions` with --json.",
  ],
  arguments: [
    {
      name: "QUERY",
      summary: "What to look for; may be left out when an option says what to find: the newest come first.",
      optional: true,
      variadic: true,
    },
  ],
  options: [
    { name: "runtime", value: "ID", repeatable: true, summary: "Only in this runtime; may be given again." },
    {
      name: "role",
      value: "ROLE",
      repeatable: true,
      choices: roles,
      summary: "Only messages of this role; may be given again.",
    },
    {
      name: "model",
      value: "NAME",
      repeatable: true,
      summary: "Only answers of this model, as in `gpt-4o` or `gpt-4*`; may be given again.",
    },
    {
      name: "from",
      value: "TIME",
      kind: "time-from",
      summary: "Nothing older: ISO 8601, a date or milliseconds.",
    },
    {
      name: "to",
      value: "TIME",
      kind: "time-before",
      summary: "Only what is older; a date includes its whole UTC day.",
    },
    { name: "mode", value: "MODE", choices: modes, summary: "By words, by meaning or both; else both." },
    { name: "sort", value: "ORDER", choices: sorts, summary: "Best first, or newest first; else best." },
    {
      name: "limit",
      value: "N",
      kind: "count",
      min: 1,
      max: 200,
      summary: "How many, 1 to 200; 20 when not given.",
    },
    { name: "after", value: "CURSOR", summary: "The next page: `next` of the page before." },
    { name: "facets", summary: "How the hits are spread over runtimes, models, months and more." },
    { name: "no-wait", summary: "Answer at once, with what is in the index." },
    { name: "state", summary: "How far the index is, instead of a search. Exit code 3 when it failed." },
  ],
  examples: [
    { line: "search sourdough starter", says: "messages with both words, best first" },
    { line: "search '\"rye bread\" -wheat has:image'", says: "in the query language" },
    { line: "search tax --runtime chatgpt-alex --from 2024-01-01 --to 2024-12-31", says: "of one year" },
    { line: "search invoice --sort newest --json", says: "for a program; pass `next` to --after for more" },
    { line: "search --state", says: "whether everything is in the index" },
  ],
  json: '`{"hits":[{"sessionId","messageId","runtimeId","constructId","title","role","model"?,"timestamp"?,"score","snippet","marks","titleMarks","field","onActivePath","archived"?,"foundBy"}],"next"?,"total"?,"totalIsExact","sort","mode","searchedBackTo"?,"pendingSessions","meaningIsComplete"?,"facets"?,"suggestions"?,"notices","tookMs"}`; with --state `{"messages","sessions","pendingSessions","state","failure"?,"bytes","meaning":{"state","model"?,"dimensions"?,"chunks","pendingChunks"}}`',
  onOwnerLoss: "repeat",
  isLeftWhenStopped: true,
  check(invocation) {
    const hasQuery = invocation.arguments.some((word) => word.trim() !== "");
    if (hasFlag(invocation, "state")) {
      const others = Object.keys(invocation.options).filter((name) => name !== "state");
      if (!hasQuery && others.length === 0) return;
      throw usageError(
        "--state tells about the index and takes nothing else.",
        "Write `chatty search --state`.",
      );
    }
    if (hasQuery || filterOptions.some((name) => invocation.options[name] !== undefined)) return;
    throw usageError(
      "QUERY is missing: what to look for.",
      "Give words, or an option such as --runtime or --from.",
    );
  },
  async run(context) {
    const { user, output, invocation } = context;
    if (hasFlag(invocation, "state")) return await tellState(context);
    const request = requestFrom(user, invocation);
    if (!hasFlag(invocation, "no-wait")) {
      await catchUpIndex({
        state: () => user.searchState(),
        output,
        signal: context.signal,
        patienceMs,
      });
    }
    const answer = await user.search(request, { signal: context.signal });
    await output.result(answer, (style) => renderSearch(answer, request, style));
    return 0;
  },
};

async function tellState({ user, output, signal }: CommandContext): Promise<ExitCode> {
  const state = await catchUpIndex({
    state: () => user.searchState(),
    output,
    signal,
    patienceMs: statePatienceMs,
  });
  await output.result(state, (style) => renderSearchState(state, style));
  return state.state === "failed" || state.meaning.state === "failed" ? 3 : 0;
}

function requestFrom(user: UserVault, invocation: Invocation): SearchRequest {
  const filters = filtersFrom(user, invocation);
  const mode = modes.find((known) => known === textOption(invocation, "mode"));
  const sort = sorts.find((known) => known === textOption(invocation, "sort"));
  const limit = numberOption(invocation, "limit");
  const after = textOption(invocation, "after");
  return {
    query: invocation.arguments.join(" "),
    ...(Object.keys(filters).length === 0 ? {} : { filters }),
    ...(mode === undefined ? {} : { mode }),
    ...(sort === undefined ? {} : { sort }),
    ...(limit === undefined ? {} : { limit }),
    ...(after === undefined ? {} : { after }),
    ...(hasFlag(invocation, "facets") ? { facets: true } : {}),
  };
}

function filtersFrom(user: UserVault, invocation: Invocation): SearchFilters {
  const runtimes = listOption(invocation, "runtime").map((name) => user.runtime(name).runtimeId);
  const asked = new Set(listOption(invocation, "role"));
  const models = listOption(invocation, "model");
  const from = numberOption(invocation, "from");
  const to = numberOption(invocation, "to");
  return {
    ...(runtimes.length === 0 ? {} : { runtimes }),
    ...(asked.size === 0 ? {} : { roles: roles.filter((role) => asked.has(role)) }),
    ...(models.length === 0 ? {} : { models }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}
