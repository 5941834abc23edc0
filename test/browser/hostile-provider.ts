import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A provider that answers with whatever it was last told to say, in every field that it can fill. */
export interface HostileProvider {
  readonly baseUrl: string;
  /** What the next answers say. */
  text: string;
  /** Refuses with the text as its error message. */
  isRefusing: boolean;
  close(): Promise<void>;
}

export async function startHostileProvider(): Promise<HostileProvider> {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      if (request.url === "/v1/models") {
        response.setHeader("content-type", "application/json");
        response.end(
          JSON.stringify({ object: "list", data: [{ id: provider.text, object: "model" }, { id: "plain" }] }),
        );
      } else if (provider.isRefusing) {
        response.writeHead(400, { "content-type": "application/json" });
        response.end(
          JSON.stringify({ error: { message: provider.text, type: provider.text, code: provider.text } }),
        );
      } else {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const send = (delta: object, finish: string | null): void => {
          const chunk = {
            id: "1",
            object: "chat.completion.chunk",
            created: 1,
            model: provider.text,
            choices: [{ index: 0, delta, finish_reason: finish }],
          };
          response.write(`data: ${JSON.stringify(chunk)}\n\n`);
        };
        send({ role: "assistant", reasoning_content: provider.text }, null);
        // In two pieces, so that a mark is cut in the middle while it streams.
        const middle = Math.floor(provider.text.length / 2);
        send({ content: provider.text.slice(0, middle) }, null);
        send({ content: provider.text.slice(middle) }, null);
        send({}, "stop");
        response.end("data: [DONE]\n\n");
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const provider: HostileProvider = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    text: "hello",
    isRefusing: false,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return provider;
}
