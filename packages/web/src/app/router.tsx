import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { runtimeList } from "../api/runtimes.ts";
import { readAddress, readSearch, writeAddress } from "./addresses.ts";
import { NotFoundPage } from "./not-found-page.tsx";
import { RouteErrorPage } from "./route-error-page.tsx";
import { Shell } from "./shell.tsx";

interface RouterContext {
  queryClient: QueryClient;
}

const root = createRootRouteWithContext<RouterContext>()({
  component: Shell,
  notFoundComponent: NotFoundPage,
});

/** `/` opens the home of whichever runtime is active on the server. */
const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: async ({ context }) => {
    const { runtimes } = await context.queryClient.fetchQuery(runtimeList());
    const active = runtimes.find((runtime) => runtime.active) ?? runtimes[0];
    if (active === undefined) return redirect({ to: "/app", replace: true, throw: true });
    return redirect({
      to: "/app/chat/$threadId",
      params: { threadId: active.homeSlug },
      replace: true,
      throw: true,
    });
  },
});

/** `?import=true` asks at once which export to import. */
const dashboard = createRoute({
  getParentRoute: () => root,
  path: "/app",
  validateSearch: (search: Record<string, unknown>): { import?: true } =>
    search["import"] === true ? { import: true } : {},
  component: lazyRouteComponent(() => import("./dashboard-route.tsx"), "DashboardRoute"),
});

/** `?m=` or `?message=` names a message to open at, `?q=` the words to mark in it, `?at=` a moment in milliseconds. */
const chat = createRoute({
  getParentRoute: () => root,
  path: "/app/chat/$threadId",
  validateSearch: (search: Record<string, unknown>): { m?: string; at?: number; q?: string } => {
    const { at, q } = search;
    const m = search["m"] ?? search["message"];
    return {
      ...(typeof m === "string" ? { m } : {}),
      ...(typeof at === "number" && Number.isSafeInteger(at) && at >= 0 ? { at } : {}),
      ...(typeof q === "string" && q !== "" ? { q } : {}),
    };
  },
  component: lazyRouteComponent(() => import("./chat-route.tsx"), "ChatRoute"),
});

/** The whole question is in the address, so that it can be gone back to and shared. */
const search = createRoute({
  getParentRoute: () => root,
  path: "/app/search",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("./search-route.tsx"), "SearchRoute"),
});

const imports = createRoute({
  getParentRoute: () => root,
  path: "/app/imports",
  component: lazyRouteComponent(() => import("./imports-route.tsx"), "ImportsRoute"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/app/settings",
  beforeLoad: () => {
    redirect({ to: "/app/settings/$section", params: { section: "providers" }, replace: true, throw: true });
  },
});

const settingsSection = createRoute({
  getParentRoute: () => root,
  path: "/app/settings/$section",
  component: lazyRouteComponent(() => import("./settings-route.tsx"), "SettingsRoute"),
});

const routeTree = root.addChildren([start, dashboard, chat, search, imports, settings, settingsSection]);

/** The router of the page. One per page; it needs the cache for what `/` means. */
export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    parseSearch: readAddress,
    stringifySearch: writeAddress,
    // What is asked for is kept by the query cache, not by the router.
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: RouteErrorPage,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
