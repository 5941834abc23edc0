import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import type { AnswerEvent } from "./answer-event.ts";
import { bindKey } from "./provider-key.ts";
import type { ProviderKind } from "./provider-config.ts";
import { streamAnswer } from "./stream-answer.ts";

interface Protocol {
  kind: ProviderKind;
  /** Events of an answer "Hello", the last of which say that it is whole. */
  events: string[];
  /** How many of them come before the end is told. */
  untilCut: number;
  path: string;
  header: string;
}

const protocols: Protocol[] = [
  {
    kind: "anthropic",
    path: "/v1/messages",
    header: "x-api-key",
    untilCut: 5,
    events: [
      {
        type: "message_start",
        message: {
          id: "m",
          type: "message",
          role: "assistant",
          model: "x",
          content: [],
          usage: { input_tokens: 3, output_tokens: 1 },
        },
      },
      { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "Hm." } },
      { type: "content_block_stop", index: 0 },
      { type: "content_block_start", index: 1, content_block: { type: "text", text: "Hello" } },
      { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Hello" } },
      { type: "content_block_stop", index: 1 },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } },
      { type: "message_stop" },
    ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
  },
  {
    kind: "google",
    path: "/v1beta/models/x:streamGenerateContent",
    header: "x-goog-api-key",
    untilCut: 2,
    events: [
      { candidates: [{ content: { role: "model", parts: [{ text: "Hm.", thought: true }] } }] },
      { candidates: [{ content: { role: "model", parts: [{ text: "Hello" }] } }] },
      {
        candidates: [{ content: { role: "model", parts: [{ text: "" }] }, finishReason: "STOP" }],
        usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 5 },
      },
    ].map((event) => `data: ${JSON.stringify(event)}\n\n`),
  },
  {
    kind: "openai",
    path: "/v1/responses",
    header: "authorization",
    untilCut: 3,
    events: [
      { type: "response.created", response: { id: "r", created_at: 1, model: "x" } },
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { type: "message", id: "i", role: "assistant", content: [] },
      },
      { type: "response.output_text.delta", item_id: "i", output_index: 0, delta: "Hello" },
      {
        type: "response.output_item.done",
        output_index: 0,
        item: { type: "message", id: "i", role: "assistant", content: [] },
      },
      { type: "response.completed", response: { usage: { input_tokens: 3, output_tokens: 5 } } },
    ].map((event) => `data: ${JSON.stringify(event)}\n\n`),
  },
];

async function run(
  { kind, header, path }: Protocol,
  body: string,
): Promise<{ events: AnswerEvent[]; code?: string }> {
  const config = { providerId: "p", kind, name: "Maker" };
  const events: AnswerEvent[] = [];
  const answer = streamAnswer({
    config: { ...config, key: bindKey(config, "maker-key-1") },
    model: "x",
    messages: [{ role: "user", content: "hi" }],
    signal: new AbortController().signal,
    fetch: (input, init) => {
      assert.equal(new URL(input instanceof Request ? input.url : input).pathname, path);
      assert.match(new Headers(init?.headers).get(header) ?? "", /maker-key-1$/);
      assert.equal(init?.redirect, "manual");
      return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
    },
  });
  try {
    for await (const event of answer) events.push(event);
    return { events };
  } catch (error) {
    assert.ok(isChattyError(error));
    return { events, code: error.code };
  }
}

describe("the makers' own protocols", () => {
  for (const protocol of protocols) {
    test(`${protocol.kind}: tells text, thinking, usage and the finish`, async () => {
      const { events, code } = await run(protocol, protocol.events.join(""));
      assert.equal(code, undefined);
      const text = events.map((event) => (event.type === "text" ? event.text : "")).join("");
      assert.match(text, /^Hello/);
      if (protocol.kind !== "openai") {
        assert.ok(events.some((event) => event.type === "thinking" && event.text === "Hm."));
      }
      assert.deepEqual(events.at(-1), { type: "finish", reason: "stop" });
      assert.deepEqual(events.at(-2), { type: "usage", inputTokens: 3, outputTokens: 5 });
    });

    test(`${protocol.kind}: a stream that ends early was cut`, async () => {
      const { events, code } = await run(protocol, protocol.events.slice(0, protocol.untilCut).join(""));
      assert.equal(code, "CONNECTION_CUT");
      assert.ok(!events.some(({ type }) => type === "finish"));
    });
  }
});
