import { Readable } from "node:stream";
import { parseMessageId } from "@chatty/model";
import type { SearchRequest } from "@chatty/model";
import { SearchAnswer, SearchExportQuery, SearchQuery, SearchState, SimilarQuery } from "../../api/search.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { Bytes, answers } from "../answers.ts";
import { askerGone } from "../asker-gone.ts";
import { disposition } from "../files/file-answer.ts";
import { exportPageSize, exportText, exportTypes } from "./search-export.ts";
import { searchRequest } from "./search-request.ts";

const tags = ["search"];

export function addSearchRoutes(app: App, { user, now }: ServerContext): void {
  app.get(
    "/api/search",
    {
      config: forUser,
      schema: {
        summary:
          "Find messages by words, by meaning and by conditions; a parameter given twice means either value",
        tags,
        querystring: SearchQuery,
        response: answers({ 200: SearchAnswer }),
      },
    },
    async ({ query }, reply) => {
      const signal = askerGone(reply);
      return await user.search(searchRequest(user, query), { signal });
    },
  );
  app.get(
    "/api/search/similar",
    {
      config: forUser,
      schema: {
        summary: "Find messages that say about the same as this one",
        tags,
        querystring: SimilarQuery,
        response: answers({ 200: SearchAnswer }),
      },
    },
    async ({ query }) => {
      const { session, message, limit } = query;
      const options = limit === undefined ? {} : { limit };
      return await user.similar(session, parseMessageId(message), options);
    },
  );
  app.get(
    "/api/search/state",
    {
      config: forUser,
      schema: {
        summary: "How far the search index is; making it again is a job of kind rebuild and scope catalog",
        tags,
        response: answers({ 200: SearchState }),
      },
    },
    async () => await user.searchState(),
  );
  app.get(
    "/api/search/export",
    {
      config: forUser,
      schema: {
        summary: "Every hit of a search as a file, however many there are",
        tags,
        querystring: SearchExportQuery,
        response: answers({ 200: Bytes }),
      },
    },
    async ({ query }, reply) => {
      const { format = "json", ...question } = query;
      const signal = askerGone(reply);
      const search = (request: SearchRequest) => user.search(request, { signal });
      const request = { ...searchRequest(user, question), limit: exportPageSize };
      const first = await search(request);
      const at = now();
      const text = exportText(format, { request, first, search, now: at });
      const name = `search ${new Date(at).toISOString().slice(0, 10)}.${format}`;
      return await reply
        .headers({ "content-disposition": disposition("attachment", name), "cache-control": "no-store" })
        .type(exportTypes[format])
        .send(Readable.from(text, { objectMode: false }));
    },
  );
}
