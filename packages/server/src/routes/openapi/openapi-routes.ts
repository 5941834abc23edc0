import fastifySwagger from "@fastify/swagger";
import fastifySwaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { contentPolicy } from "../../security/page-headers.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { answers } from "../answers.ts";

/** Collects the schemas of all routes that follow; call it before they are added. */
export async function collectSchemas(app: App, { version }: ServerContext): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Chatty",
        version,
        description:
          "A person's AI conversations on this machine. Times are integer milliseconds UTC. Changes name the revision they saw in `If-Match`.",
      },
    },
  });
}

/** The description of all routes, and a page to browse it. */
export async function addOpenApiRoutes(app: App): Promise<void> {
  app.get(
    "/api/openapi.json",
    {
      config: forUser,
      schema: {
        summary: "This description, as OpenAPI 3.1",
        tags: ["server"],
        response: answers({ 200: Type.Unsafe<object>(Type.Object({}, { additionalProperties: true })) }),
      },
    },
    () => app.swagger(),
  );
  await app.register(async (docs: FastifyInstance) => {
    docs.addHook("onRoute", (route) => {
      route.config = { ...route.config, ...forUser };
    });
    await docs.register(fastifySwaggerUi, {
      routePrefix: "/api/docs",
      staticCSP: contentPolicy(),
      // Without the bar on top, whose logo would need an inline style.
      uiConfig: { layout: "BaseLayout", docExpansion: "list" },
      theme: { title: "Chatty: routes" },
    });
  });
}
