import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { pickBehaviour, standInBehaviours } from "./stand-in-behaviour.ts";
import type { StandInBehaviour } from "./stand-in-behaviour.ts";

export { pickBehaviour, standInBehaviours } from "./stand-in-behaviour.ts";
export type { StandInBehaviour } from "./stand-in-behaviour.ts";

/** One message of a request, as it came over the wire. */
export interface StandInMessage {
  role: string;
  content?: unknown;
}

/** A request that the stand-in received. */
export interface StandInRequest {
  method: string;
  path: string;
  authorization?: string;
  model?: string;
  messages: StandInMessage[];
  behaviour?: StandInBehaviour;
  /** True once the asker broke the connection before the answer was whole. */
  aborted: boolean;
}

export interface StandInOptions {
  /** 0 (any free port) when absent. */
  port?: number;
  /** Bearer key that is asked for; without it every request is let in. */
  key?: string;
  /** Milliseconds between chunks; 0 when absent. `stand-in:delay=40` in the last message overrides it. */
  chunkDelayMs?: number;
  /** Models that `/v1/models` lists; one per behaviour when absent. */
  models?: string[];
  /** The text of an answer; `You said: …` when absent. */
  reply?: (lastText: string, request: StandInRequest) => string;
  /** Where `redirect` sends the asker. */
  redirectTo?: string;
}

/** A provider for tests on 127.0.0.1; `close` must be called. */
export interface StandInProvider {
  /** With `/v1`, as a provider's `baseUrl`. */
  baseUrl: string;
  port: number;
  /** Every request so far, in order of arrival. */
  requests: StandInRequest[];
  /** Breaks all connections and stops listening, as a provider that went away. */
  close(): Promise<void>;
}

/** Starts a server that speaks `/v1/models` and the streaming `/v1/chat/completions` of OpenAI's protocol. */
export async function startStandInProvider(options: StandInOptions = {}): Promise<StandInProvider> {
  const requests: StandInRequest[] = [];
  const server = createServer((request, response) => {
    answer(request, response, options, requests).catch(() => {
      // The asker went away in the middle: nothing is left to tell anybody.
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, port, requests, close: () => closeServer(server) };
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: StandInOptions,
  requests: StandInRequest[],
): Promise<void> {
  const { authorization } = request.headers;
  const seen: StandInRequest = {
    method: request.method ?? "",
    path: request.url ?? "",
    messages: [],
    aborted: false,
    ...(authorization === undefined ? {} : { authorization }),
  };
  requests.push(seen);
  response.on("close", () => {
    seen.aborted = !response.writableFinished;
  });
  const body = await readJson(request);
  if (options.key !== undefined && authorization !== `Bearer ${options.key}`) {
    sendError(response, 401, "Incorrect API key provided.", "invalid_api_key");
  } else if (request.method === "GET" && request.url === "/v1/models") {
    const ids = options.models ?? Object.keys(standInBehaviours);
    sendJson(response, 200, { object: "list", data: ids.map((id) => ({ id, object: "model" })) });
  } else if (request.method === "POST" && request.url === "/v1/chat/completions") {
    await complete(response, options, seen, body);
  } else {
    sendError(response, 404, "Unknown path.", "not_found");
  }
}

async function complete(
  response: ServerResponse,
  options: StandInOptions,
  seen: StandInRequest,
  body: Record<string, unknown>,
): Promise<void> {
  seen.model = typeof body["model"] === "string" ? body["model"] : "";
  seen.messages = Array.isArray(body["messages"]) ? (body["messages"] as StandInMessage[]) : [];
  const lastText = textOf(seen.messages.findLast(({ role }) => role === "user")?.content);
  seen.behaviour = pickBehaviour(seen.model, lastText);
  switch (seen.behaviour) {
    case "refused-key":
      return sendError(response, 401, "Incorrect API key provided.", "invalid_api_key");
    case "echoed-key":
      return sendError(response, 401, `Bad key: ${seen.authorization ?? ""}`, "invalid_api_key");
    case "no-model":
      return sendError(response, 404, `The model \`${seen.model}\` does not exist.`, "model_not_found");
    case "busy":
      response.setHeader("Retry-After", "7");
      return sendError(response, 429, "Rate limit reached.", "rate_limit_exceeded");
    case "too-long":
      return sendError(
        response,
        400,
        "This model's maximum context length is 4096 tokens.",
        "context_length_exceeded",
      );
    case "broken":
      return sendError(response, 500, "The server had an error.", "server_error");
    case "overloaded":
      return sendError(response, 503, "The engine is overloaded.", "overloaded");
    case "redirect":
      response.writeHead(307, { location: options.redirectTo ?? "http://127.0.0.1:9/v1" });
      response.end();
      return undefined;
    case "hang":
      return undefined;
    default:
      return stream(response, options, seen, lastText);
  }
}

async function stream(
  response: ServerResponse,
  options: StandInOptions,
  seen: StandInRequest,
  lastText: string,
): Promise<void> {
  const { behaviour } = seen;
  const delayMs = Number(
    /stand-in:delay=(\d+)/.exec(lastText)?.[1] ?? (behaviour === "slow" ? 150 : (options.chunkDelayMs ?? 0)),
  );
  const text = (options.reply ?? defaultReply)(lastText, seen);
  const pieces = piecesOf(text);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  response.flushHeaders();
  const send = async (delta: Record<string, unknown>, finish: string | null = null): Promise<void> => {
    if (response.destroyed) throw new Error("The asker is gone.");
    response.write(`data: ${JSON.stringify(chunkOf(seen, delta, finish))}\n\n`);
    await (delayMs > 0 ? wait(delayMs) : new Promise((resolve) => setImmediate(resolve)));
  };
  if (behaviour === "cut-at-once") return breakOff(response);
  if (behaviour === "garbage") response.write("data: {not json\n\n");
  await send({ role: "assistant", content: "" });
  if (behaviour === "thinking") {
    for (const piece of piecesOf("The question is simple. A short answer will do.")) {
      await send({ reasoning_content: piece });
    }
  }
  const half = Math.ceil(pieces.length / 2);
  for (const [index, piece] of pieces.entries()) {
    if (index === half && behaviour === "cut") return breakOff(response);
    if (index === half && behaviour === "stall") return undefined;
    if (index === half && behaviour === "error-chunk") {
      response.write(
        `data: ${JSON.stringify({ error: { message: "The engine fell over.", code: 500 } })}\n\n`,
      );
      response.end();
      return undefined;
    }
    if (behaviour !== "only-tools") await send({ content: piece });
  }
  if (behaviour === "unfinished") {
    response.end();
    return undefined;
  }
  const callsTool = behaviour === "tools" || behaviour === "only-tools";
  if (callsTool) {
    const call = { index: 0, id: "call_1", type: "function" };
    await send({ tool_calls: [{ ...call, function: { name: "look_up", arguments: '{"word":' } }] });
    await send({ tool_calls: [{ index: 0, function: { arguments: '"tea"}' } }] });
  }
  await send({}, callsTool ? "tool_calls" : "stop");
  const usage = {
    prompt_tokens: 11,
    completion_tokens: pieces.length,
    total_tokens: 11 + pieces.length,
  };
  response.write(`data: ${JSON.stringify({ ...chunkOf(seen, {}, null), choices: [], usage })}\n\n`);
  response.end("data: [DONE]\n\n");
}

function chunkOf(
  seen: StandInRequest,
  delta: Record<string, unknown>,
  finish: string | null,
): Record<string, unknown> {
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: seen.model,
    choices: [{ index: 0, delta, finish_reason: finish }],
  };
}

/** What was said must have left this process before the connection breaks, or the reader could not have had it. */
async function breakOff(response: ServerResponse): Promise<void> {
  await wait(20);
  response.destroy();
}

function defaultReply(lastText: string): string {
  return `You said: ${lastText}\n\nThis is a **stand-in**, and this is its whole answer.`;
}

/** Words with the blanks after them: joined they are the text again. */
function piecesOf(text: string): string[] {
  return text.match(/\S*\s*/g)?.filter((piece) => piece !== "") ?? [];
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return (content as { text?: unknown }[]).map(({ text }) => (typeof text === "string" ? text : "")).join("");
}

function sendError(response: ServerResponse, status: number, message: string, code: string): void {
  sendJson(response, status, { error: { message, type: "invalid_request_error", param: null, code } });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}
