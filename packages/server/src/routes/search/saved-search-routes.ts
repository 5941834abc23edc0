import { NewSavedSearch, SavedSearch, SavedSearchList, SavedSearchPatch } from "../../api/saved-searches.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { IdParams, Nothing, answers } from "../answers.ts";
import { createSavedSearches } from "./saved-searches.ts";

const tags = ["search"];

export function addSavedSearchRoutes(app: App, { user, now }: ServerContext): void {
  const searches = createSavedSearches(user, now);
  app.get(
    "/api/searches",
    {
      config: forUser,
      schema: {
        summary: "Searches that were kept, in the order they were made",
        tags,
        response: answers({ 200: SavedSearchList }),
      },
    },
    () => ({ searches: searches.list() }),
  );
  app.post(
    "/api/searches",
    {
      config: forUser,
      schema: {
        summary: "Keep a search under a name; with an id of your own a repeat is harmless",
        tags,
        body: NewSavedSearch,
        response: answers({ 200: SavedSearch, 201: SavedSearch }),
      },
    },
    async ({ body }, reply) => {
      const { search, isNew } = await searches.add(body);
      return await reply.code(isNew ? 201 : 200).send(search);
    },
  );
  app.patch(
    "/api/searches/:id",
    {
      config: forUser,
      schema: {
        summary: "Rename a saved search or change what it asks",
        tags,
        params: IdParams,
        body: SavedSearchPatch,
        response: answers({ 200: SavedSearch }),
      },
    },
    async ({ params, body }) => await searches.change(params.id, body),
  );
  app.delete(
    "/api/searches/:id",
    {
      config: forUser,
      schema: {
        summary: "Remove a saved search",
        tags,
        params: IdParams,
        response: answers({ 204: Nothing }),
      },
    },
    async ({ params }, reply) => {
      await searches.remove(params.id);
      return await reply.code(204).send(null);
    },
  );
}
