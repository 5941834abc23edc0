import { Provider, ProviderDraft, ProviderList, ProviderTest } from "../../api/settings.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { askerGone } from "../asker-gone.ts";
import { IdParams, Nothing, answers } from "../answers.ts";

const tags = ["providers"];

export function addProviderRoutes(app: App, { providers }: ServerContext): void {
  app.get(
    "/api/providers",
    {
      config: forUser,
      schema: {
        summary: "Providers of models, and servers found on this machine that could be added",
        tags,
        response: answers({ 200: ProviderList }),
      },
    },
    async (_request, reply) => {
      const found = await providers.found(askerGone(reply));
      return { providers: providers.list(), found };
    },
  );
  app.post(
    "/api/providers",
    {
      config: forUser,
      schema: { summary: "Add a provider", tags, body: ProviderDraft, response: answers({ 201: Provider }) },
    },
    async ({ body }, reply) => await reply.code(201).send(await providers.add(body)),
  );
  app.put(
    "/api/providers/:id",
    {
      config: forUser,
      schema: {
        summary: "Change a provider; a key is kept for the origin it was given for and for no other",
        tags,
        params: IdParams,
        body: ProviderDraft,
        response: answers({ 200: Provider }),
      },
    },
    async ({ params, body }) => await providers.change(params.id, body),
  );
  app.delete(
    "/api/providers/:id",
    {
      config: forUser,
      schema: {
        summary: "Remove a provider and its key",
        tags,
        params: IdParams,
        response: answers({ 204: Nothing }),
      },
    },
    async ({ params }, reply) => {
      await providers.remove(params.id);
      return await reply.code(204).send(null);
    },
  );
  app.post(
    "/api/providers/:id/test",
    {
      config: forUser,
      schema: {
        summary: "Ask a provider for its models; a failure is a result",
        tags,
        params: IdParams,
        response: answers({ 200: ProviderTest }),
      },
    },
    async ({ params }, reply) => await providers.test(params.id, askerGone(reply)),
  );
}
