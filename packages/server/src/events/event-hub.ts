import { createUuid } from "@chatty/model";
import type { UserVault } from "@chatty/store";
import type { ServerEvent } from "../api/events.ts";
import { createChangeEvents } from "./change-events.ts";
import { createSearchStateEvents } from "./search-state-events.ts";
import { SseStream } from "./sse-stream.ts";

/** Everything that open tabs are told. */
export interface EventHub {
  /** Another one after every start. */
  readonly serverId: string;
  /** Tabs that listen now. */
  readonly listening: number;
  tell(event: ServerEvent): void;
  /** A new tab's stream, which begins with `hello`. It leaves the hub when the tab is gone. */
  open(): SseStream;
  /** Ends every stream. */
  close(): void;
}

export function createEventHub(user: UserVault): EventHub {
  const serverId = createUuid();
  const streams = new Set<SseStream>();
  const tell = (event: ServerEvent): void => {
    for (const stream of streams) stream.send({ data: event });
  };
  const changes = createChangeEvents(user, tell);
  const search = createSearchStateEvents({
    state: () => user.searchState(),
    tell,
    isHeard: () => streams.size > 0,
  });
  const stopListening = user.onChange((change) => {
    // Nobody to tell: a tab that comes asks for everything anyway.
    if (streams.size === 0) return;
    changes.take(change);
    search.look();
  });
  const hello = { data: { type: "hello", serverId } satisfies ServerEvent };
  return {
    serverId,
    get listening() {
      return streams.size;
    },
    tell,
    open() {
      const stream = new SseStream({ afterOverflow: () => hello, onClose: () => streams.delete(stream) });
      streams.add(stream);
      stream.send(hello);
      search.look();
      return stream;
    },
    close() {
      stopListening();
      changes.close();
      search.close();
      for (const stream of streams) stream.end();
    },
  };
}
