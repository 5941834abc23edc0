import type { FastifyInstance, RouteOptions } from "fastify";

/** Who may use a route: `user` is the person who opened the one-time link in this browser, `open` is anybody on this machine. */
export interface RoutePolicy {
  access: "user" | "open";
}

declare module "fastify" {
  interface FastifyContextConfig {
    policy?: RoutePolicy;
  }
}

/** The `config` of a route for the signed-in person. */
export const forUser: { policy: RoutePolicy } = { policy: { access: "user" } };
/** The `config` of a route that answers anybody who reaches it. */
export const forAnyone: { policy: RoutePolicy } = { policy: { access: "open" } };

/**
 * Makes the app refuse to start while a route says nothing about who may use it. Call it before any route is added.
 * The guard refuses such a route as well, so a gap here opens nothing.
 */
export function requirePolicies(app: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => {
    routes.push(route);
  });
  app.addHook("onReady", () => {
    const bare = routes.filter((route) => route.config?.policy === undefined);
    if (bare.length === 0) return Promise.resolve();
    const names = bare.map((route) => `${[route.method].flat().join(",")} ${route.url}`);
    return Promise.reject(new TypeError(`These routes have no policy: ${names.join("; ")}.`));
  });
}
