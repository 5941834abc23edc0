import { sseHeaders } from "../../events/sse-stream.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { Bytes, answers } from "../answers.ts";

export function addEventRoutes(app: App, { events }: ServerContext): void {
  app.get(
    "/api/events",
    {
      config: forUser,
      schema: {
        summary: "Server-sent events: everything an open tab must know",
        tags: ["events"],
        response: answers({ 200: Bytes }),
      },
    },
    async (_request, reply) => await reply.headers(sseHeaders).send(events.open()),
  );
}
