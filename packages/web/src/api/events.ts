import type { ServerEvent } from "@chatty/server/api";
import type { QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { applyEvent, forgetEverything } from "./event-cache.ts";

/** `connecting` until the first answer, `open` while the server talks, `lost` while it is away. */
export type Connection = "connecting" | "open" | "lost";

const retryAfterMs = 2000;

let connection: Connection = "connecting";
const connectionListeners = new Set<() => void>();
const eventListeners = new Set<(event: ServerEvent) => void>();

function setConnection(next: Connection): void {
  if (next === connection) return;
  connection = next;
  for (const listener of connectionListeners) listener();
}

/**
 * Listens to the server for as long as the page is open and keeps what is cached up to date. When the server was away, everything
 * shown is asked for anew. Ends with the function that is returned.
 */
export function connectEvents(client: QueryClient): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let serverId: string | undefined;
  let wasLost = false;
  // One after the other: an event that asks anew must not overtake the one before it.
  let queue: Promise<void> = Promise.resolve();

  const then = (work: () => Promise<void>) => {
    queue = queue.then(work).catch(() => {
      // A query that fails shows its own error where it is shown; the next event must still be taken.
    });
  };

  const open = () => {
    source = new EventSource("/api/events");
    source.addEventListener("open", () => setConnection("open"));
    source.addEventListener("message", (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as ServerEvent;
      if (event.type === "hello") {
        const isAnother = serverId !== undefined && serverId !== event.serverId;
        if (isAnother || wasLost) then(() => forgetEverything(client));
        // What was answered before anybody listened may have changed in between.
        else if (serverId === undefined) then(() => client.invalidateQueries({ predicate: isAnswered }));
        serverId = event.serverId;
        wasLost = false;
      } else {
        then(() => applyEvent(client, event));
      }
      then(async () => {
        for (const listener of eventListeners) listener(event);
      });
    });
    source.addEventListener("error", () => {
      wasLost = true;
      setConnection("lost");
      // The browser tries again by itself unless it was refused.
      if (source?.readyState !== EventSource.CLOSED) return;
      retry = setTimeout(open, retryAfterMs);
    });
  };

  open();
  return () => {
    clearTimeout(retry);
    source?.close();
  };
}

function isAnswered({ state }: { state: { data: unknown } }): boolean {
  return state.data !== undefined;
}

/** Whether the server talks to this page. */
export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      connectionListeners.add(listener);
      return () => connectionListeners.delete(listener);
    },
    () => connection,
  );
}

/** Tells every event of the server, after the cache has been told. The listener must be stable (`useCallback`). */
export function useServerEvents(listener: (event: ServerEvent) => void): void {
  useEffect(() => {
    eventListeners.add(listener);
    return () => {
      eventListeners.delete(listener);
    };
  }, [listener]);
}
