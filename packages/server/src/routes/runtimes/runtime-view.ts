import type { RuntimeView } from "@chatty/store";
import type { Runtime, RuntimeSelected } from "../../api/runtimes.ts";

export function runtimeFromView(view: RuntimeView): Runtime {
  const { provider, firstAt, lastAt, activity } = view;
  return {
    runtimeId: view.runtimeId,
    name: view.name,
    kind: view.kind,
    ...(provider === undefined ? {} : { provider }),
    constructId: view.constructId,
    mode: view.mode,
    homeSessionId: view.homeSessionId,
    homeSlug: view.homeSlug,
    conversationCount: view.conversationCount,
    messageCount: view.messageCount,
    createdAt: view.createdAt,
    active: view.active,
    ...(firstAt === undefined ? {} : { firstAt }),
    ...(lastAt === undefined ? {} : { lastAt }),
    ...(activity === undefined ? {} : { activity }),
  };
}

/** Where a page goes after a switch. */
export function selectedFromView({ runtimeId, homeSessionId, homeSlug }: RuntimeView): RuntimeSelected {
  return { runtimeId, homeSessionId, homeSlug };
}
