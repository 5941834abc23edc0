import type { SearchFilters, SearchRequest } from "@chatty/model";
import { ChattyError, endOfTimeSpan, parseTimeSpan } from "@chatty/model";
import type { UserVault } from "@chatty/store";
import type { SearchExportQuery, SearchQuery } from "../../api/search.ts";

/**
 * What a request asks for, with every name as the id it stands for.
 * @throws {ChattyError} REQUEST_INVALID for a time that is none, RUNTIME_NOT_FOUND, CONSTRUCT_NOT_FOUND, SESSION_NOT_FOUND, AMBIGUOUS_ID
 */
export function searchRequest(
  user: UserVault,
  query: SearchQuery & Omit<SearchExportQuery, "format">,
): SearchRequest {
  const { q, mode, sort, limit, after, facets } = query;
  const filters = searchFilters(user, query);
  return {
    query: q ?? "",
    ...(Object.keys(filters).length === 0 ? {} : { filters }),
    ...(mode === undefined ? {} : { mode }),
    ...(sort === undefined ? {} : { sort }),
    ...(limit === undefined ? {} : { limit }),
    ...(after === undefined ? {} : { after }),
    ...(facets === undefined ? {} : { facets }),
  };
}

function searchFilters(user: UserVault, query: SearchQuery): SearchFilters {
  const { runtime, construct, session, role, model, has, is, from, to } = query;
  return {
    ...(runtime === undefined ? {} : { runtimes: runtime.map((name) => user.runtime(name).runtimeId) }),
    ...(construct === undefined
      ? {}
      : { constructs: construct.map((name) => user.construct(name).constructId) }),
    ...(session === undefined ? {} : { sessions: session.map((name) => user.resolveSession(name)) }),
    ...(role === undefined ? {} : { roles: role }),
    ...(model === undefined ? {} : { models: model }),
    ...(has === undefined ? {} : { has }),
    ...(is === undefined ? {} : { is }),
    ...(query.in === undefined ? {} : { in: query.in }),
    ...(from === undefined ? {} : { from: timeSpan("from", from).fromMs }),
    ...(to === undefined ? {} : { to: endOfTimeSpan(timeSpan("to", to)) }),
  };
}

function timeSpan(name: string, text: string): NonNullable<ReturnType<typeof parseTimeSpan>> {
  const span = parseTimeSpan(text);
  if (span !== undefined) return span;
  throw new ChattyError("REQUEST_INVALID", `\`${name}\` is not a time: ${JSON.stringify(text)}.`, {
    hint: "Give ISO 8601, as in 2025-11-13T18:00:05Z, a date, or milliseconds since 1970 UTC.",
    where: { part: "querystring", path: `/${name}` },
  });
}
