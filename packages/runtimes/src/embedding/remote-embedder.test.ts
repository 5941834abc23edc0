import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { isChattyError } from "@chatty/model";
import { bindKey } from "../provider-key.ts";
import { createRemoteEmbedder } from "./remote-embedder.ts";
import type { RemoteAccess } from "./remote-embedder.ts";

interface Asked {
  path: string;
  authorization?: string;
  input: string[];
}

/** What the server does with the next requests; then it answers as it should. */
type Turn =
  | "down"
  | "busy"
  | "no-model"
  | "key"
  | "too-long"
  | "short"
  | "zero"
  | "other-length"
  | "hang"
  | "away";

let asked: Asked[] = [];
let turns: Turn[] = [];
const server: Server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    const body = JSON.parse(Buffer.concat(pieces).toString("utf8")) as { input: string[] };
    const { authorization } = request.headers;
    asked.push({
      path: request.url ?? "",
      input: body.input,
      ...(authorization === undefined ? {} : { authorization }),
    });
    const send = (status: number, value: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(value));
    };
    const vectors = (length: number, factor = 1): unknown => ({
      object: "list",
      model: "m",
      data: body.input.map((text, index) => ({
        object: "embedding",
        index,
        embedding: Array.from({ length }, (_value, at) => factor * (text.length + at)),
      })),
      usage: { prompt_tokens: 1, total_tokens: 1 },
    });
    const turn = turns.shift();
    const refuse = (status: number, code: string, headers = {}): void =>
      send(status, { error: { message: `It is ${code}.`, code } }, headers);
    if (turn === "down") return refuse(503, "overloaded");
    if (turn === "busy") return refuse(429, "rate_limit_exceeded", { "retry-after": "0" });
    if (turn === "no-model") return refuse(404, "model_not_found");
    if (turn === "key") return send(401, { error: { message: `Bad key: ${authorization ?? ""}` } });
    if (turn === "too-long" || body.input.some((text) => text.length > 5000)) {
      return refuse(400, "context_length_exceeded");
    }
    if (turn === "short") return send(200, { object: "list", model: "m", data: [] });
    if (turn === "zero") return send(200, vectors(4, 0));
    if (turn === "other-length") return send(200, vectors(3));
    if (turn === "away") {
      response.writeHead(307, { location: "http://127.0.0.2:9/v1/embeddings" });
      response.end();
      return undefined;
    }
    if (turn === "hang") return undefined;
    return send(200, vectors(4));
  });
});

let baseUrl = "";
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`;
});
beforeEach(() => {
  asked = [];
  turns = [];
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const quick: RemoteAccess = { retryAfterMs: 1 };
const make = (access: RemoteAccess = quick): ReturnType<typeof createRemoteEmbedder> =>
  createRemoteEmbedder({ kind: "openai-compatible", baseUrl, model: "m" }, access);

async function failure(run: Promise<unknown>): Promise<{ code: string; text: string }> {
  try {
    await run;
  } catch (error) {
    assert.ok(isChattyError(error), String(error));
    return {
      code: error.code,
      text: JSON.stringify([error.message, error.hint, error.where, String(error.cause)]),
    };
  }
  throw new assert.AssertionError({ message: "It did not fail." });
}

test("learns the length, embeds in bounded batches and in order, and brings vectors to length 1", async () => {
  const embedder = await make();
  assert.deepEqual([embedder.model, embedder.dimensions], ["m@4", 4]);
  const texts = Array.from({ length: 150 }, (_text, index) => "x".repeat(index + 1));
  const vectors = await embedder.embed(texts, "document");
  assert.deepEqual(
    asked.slice(1).map(({ input }) => input.length),
    [64, 64, 22],
  );
  for (const [index, vector] of vectors.entries()) {
    const length = Math.hypot(index + 1, index + 2, index + 3, index + 4);
    assert.ok(Math.abs((vector[0] ?? 0) - (index + 1) / length) < 1e-6);
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-6);
  }
  asked = [];
  await embedder.embed(
    Array.from({ length: 3 }, () => "Ü".repeat(1000)),
    "document",
  );
  assert.equal(asked[0]?.input[0]?.length, 1000);
});

test("tries again what passes by itself, and gives up after four times", async () => {
  turns = ["down", "busy"];
  const embedder = await make();
  assert.equal(asked.length, 3);
  turns = ["down", "down", "down", "down"];
  const { code } = await failure(embedder.embed(["a"], "query"));
  assert.deepEqual([code, asked.length], ["EMBEDDER_UNAVAILABLE", 7]);
});

test("tells at once what needs a person, without the key", async () => {
  turns = ["no-model"];
  assert.equal((await failure(make())).code, "EMBEDDER_UNAVAILABLE");
  turns = ["key"];
  const key = bindKey({ kind: "openai-compatible", baseUrl }, "very-secret-key");
  const refused = await failure(make({ ...quick, key }));
  assert.equal(refused.code, "EMBEDDER_UNAVAILABLE");
  assert.ok(!refused.text.includes("very-secret"), refused.text);
  assert.equal(asked.length, 2);
});

test("sends a key to its own origin only, and follows no redirect away from it", async () => {
  const key = bindKey({ kind: "openai-compatible", baseUrl }, "very-secret-key");
  const embedder = await make({ ...quick, key });
  assert.equal(asked[0]?.authorization, "Bearer very-secret-key");
  const elsewhere = bindKey(
    { kind: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1" },
    "very-secret-key",
  );
  assert.equal((await failure(make({ ...quick, key: elsewhere }))).code, "KEY_REFUSED");
  assert.equal(asked.length, 1);
  turns = ["away"];
  assert.equal((await failure(embedder.embed(["a"], "query"))).code, "EMBEDDER_FAILED");
});

test("refuses answers that are no vectors, or other ones than before", async () => {
  const embedder = await make();
  for (const turn of ["short", "zero", "other-length"] as const) {
    turns = [turn];
    assert.equal((await failure(embedder.embed(["a"], "query"))).code, "EMBEDDER_FAILED", turn);
  }
});

test("cuts a text that is too long for the server, and only that one", async () => {
  const embedder = await createRemoteEmbedder(
    { kind: "openai-compatible", baseUrl, model: "text-embedding-3-small" },
    quick,
  );
  asked = [];
  const vectors = await embedder.embed(["short", "y".repeat(18_000)], "document");
  assert.equal(vectors.length, 2);
  assert.deepEqual(
    asked.map(({ input }) => input.map((text) => text.length)),
    [[5, 18_000], [5], [18_000], [9000], [4500]],
  );
});

test("Ollama's address needs no version, and known models get what their makers put in front", async () => {
  const embedder = await createRemoteEmbedder(
    { kind: "ollama", baseUrl: baseUrl.replace(/\/v1$/, ""), model: "nomic-embed-text" },
    quick,
  );
  await embedder.embed(["boat"], "query");
  await embedder.embed(["boat", ""], "document");
  assert.deepEqual(
    asked.slice(1).map(({ path, input }) => [path, ...input]),
    [
      ["/v1/embeddings", "search_query: boat"],
      ["/v1/embeddings", "search_document: boat", "search_document: "],
    ],
  );
});

test("stops when it is called off, and a server that says nothing is not waited for", async () => {
  const embedder = await make({ retryAfterMs: 1, requestTimeoutMs: 80 });
  const off = new AbortController();
  turns = ["hang"];
  const reason = new Error("off");
  const running = embedder.embed(["a"], "query", off.signal);
  off.abort(reason);
  await assert.rejects(running, reason);
  turns = ["hang", "hang", "hang", "hang"];
  const { code, text } = await failure(embedder.embed(["a"], "query"));
  assert.equal(code, "EMBEDDER_UNAVAILABLE");
  assert.match(text, /too long/);
  await embedder.close();
  assert.equal((await failure(embedder.embed(["a"], "query"))).code, "EMBEDDER_UNAVAILABLE");
});
