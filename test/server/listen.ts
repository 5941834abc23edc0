import { get } from "node:http";
import type { TestServer } from "./open-test-server.ts";

/** A tab that listens to server-sent events. */
export interface Listener<Event> {
  /** Everything so far. */
  events: Event[];
  /** The first event that fits, of those that came or come within five seconds. @throws when none does */
  find(fits: (event: Event) => boolean): Promise<Event>;
  /** Resolves when the server ended the stream. */
  ended: Promise<void>;
  close(): void;
}

export interface SeenEvent {
  type: string;
  [key: string]: unknown;
}

const patienceMs = 5000;

export async function listen(
  server: TestServer,
  path = "/api/events",
  headers: Record<string, string> = {},
): Promise<Listener<SeenEvent>> {
  const events: SeenEvent[] = [];
  const waiting = new Set<() => void>();
  let text = "";
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const { promise: answered, resolve, reject } = Promise.withResolvers<void>();
  const request = get(
    {
      host: "127.0.0.1",
      port: server.server.port,
      path,
      headers: { cookie: server.cookie, accept: "text/event-stream", ...headers },
      agent: false,
    },
    (response) => {
      if (response.statusCode !== 200) reject(new Error(`${path} answered ${response.statusCode}.`));
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) {
          const data = /^data: (.*)$/m.exec(block)?.[1];
          if (data !== undefined) events.push(JSON.parse(data) as SeenEvent);
        }
        for (const wake of waiting) wake();
      });
      response.on("close", () => end());
      resolve();
    },
  );
  request.on("error", (error) => {
    reject(error);
    end();
  });
  await answered;
  return {
    events,
    ended,
    find(fits) {
      return new Promise((found, missed) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          missed(new Error(`No such event came; there were ${JSON.stringify(events)}.`));
        }, patienceMs);
        const look = (): void => {
          const event = events.find(fits);
          if (event === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          found(event);
        };
        waiting.add(look);
        look();
      });
    },
    close() {
      request.destroy();
    },
  };
}
