import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inspect } from "node:util";
import { isChattyError } from "@chatty/model";
import type { ChattyError } from "@chatty/model";
import type { AnswerEvent } from "./answer-event.ts";
import { bindKey } from "./provider-key.ts";
import type { ProviderConfig } from "./provider-config.ts";
import { streamAnswer } from "./stream-answer.ts";
import type { AnswerRequest } from "./stream-answer.ts";
import { startStandInProvider } from "./testing/stand-in-provider.ts";
import type { StandInProvider } from "./testing/stand-in-provider.ts";

const secret = "sk-very-secret-0123456789";
let provider: StandInProvider;
let elsewhere: StandInProvider;

before(async () => {
  elsewhere = await startStandInProvider();
  provider = await startStandInProvider({ redirectTo: `${elsewhere.baseUrl}/chat/completions` });
});
after(async () => {
  await provider.close();
  await elsewhere.close();
});

function configOf(overrides: Partial<ProviderConfig> = {}): ProviderConfig {
  return {
    providerId: "p1",
    kind: "openai-compatible",
    name: "Stand-in",
    baseUrl: provider.baseUrl,
    ...overrides,
  };
}

function ask(text: string, overrides: Partial<AnswerRequest> = {}): AsyncIterable<AnswerEvent> {
  return streamAnswer({
    config: configOf(),
    model: "answer",
    messages: [{ role: "user", content: text }],
    signal: new AbortController().signal,
    ...overrides,
  });
}

async function collect(
  events: AsyncIterable<AnswerEvent>,
): Promise<{ events: AnswerEvent[]; text: string; thinking: string; error?: ChattyError }> {
  const seen: AnswerEvent[] = [];
  let error: ChattyError | undefined;
  try {
    for await (const event of events) seen.push(event);
  } catch (thrown) {
    assert.ok(isChattyError(thrown), inspect(thrown));
    error = thrown;
  }
  const joined = (type: "text" | "thinking"): string =>
    seen.map((event) => (event.type === type ? event.text : "")).join("");
  return {
    events: seen,
    text: joined("text"),
    thinking: joined("thinking"),
    ...(error === undefined ? {} : { error }),
  };
}

describe("streamAnswer", () => {
  test("tells the text in pieces, then usage, then the finish", async () => {
    const { events, text, error } = await collect(ask("hello"));
    assert.equal(error, undefined);
    assert.equal(text, "You said: hello\n\nThis is a **stand-in**, and this is its whole answer.");
    assert.ok(events.filter(({ type }) => type === "text").length > 5);
    assert.deepEqual(events.slice(-2), [
      { type: "usage", inputTokens: 11, outputTokens: 13 },
      { type: "finish", reason: "stop" },
    ]);
  });

  test("keeps reasoning apart from the text", async () => {
    const { thinking, text } = await collect(ask("hello", { model: "thinking" }));
    assert.equal(thinking, "The question is simple. A short answer will do.");
    assert.match(text, /^You said: hello/);
  });

  test("tells a tool call as a part, without an error for the tool that is not here", async () => {
    const { events, error } = await collect(ask("hello", { model: "tools" }));
    assert.equal(error, undefined);
    assert.deepEqual(
      events.flatMap((event) => (event.type === "part" ? [event.part] : [])),
      [{ kind: "tool_call", name: "look_up", callId: "call_1", input: { word: "tea" } }],
    );
    assert.deepEqual(events.at(-1), { type: "finish", reason: "tool-calls" });
  });

  const failures: [behaviour: string, code: string, hint: RegExp][] = [
    ["refused-key", "KEY_REFUSED", /key/],
    ["no-model", "MODEL_UNKNOWN", /another model/],
    ["busy", "RATE_LIMITED", /in 7 seconds/],
    ["too-long", "CONTEXT_TOO_LONG", /larger context/],
    ["broken", "PROVIDER_ERROR", /Try again/],
    ["overloaded", "PROVIDER_DOWN", /Wait/],
    ["cut-at-once", "CONNECTION_CUT", /Continue|again/],
    ["garbage", "PROVIDER_ERROR", /Try again/],
    ["redirect", "PROVIDER_ERROR", /address/],
  ];
  for (const [behaviour, code, hint] of failures) {
    test(`says ${code} for ${behaviour}, once`, async () => {
      const before = provider.requests.length;
      const { text, error } = await collect(ask(`stand-in:${behaviour}`));
      assert.equal(error?.code, code, inspect(error));
      assert.match(error?.hint ?? "", hint);
      assert.equal(text, "");
      assert.equal(provider.requests.length, before + 1, "asked again in secret");
      if (behaviour === "busy") assert.equal(error?.where?.["retryAfter"], 7);
    });
  }

  for (const behaviour of ["cut", "unfinished"]) {
    test(`says CONNECTION_CUT for ${behaviour} and keeps what came`, async () => {
      const { text, error, events } = await collect(ask(`stand-in:${behaviour}`));
      assert.equal(error?.code, "CONNECTION_CUT", inspect(error));
      assert.match(text, /^You said: stand-in/);
      assert.ok(!events.some(({ type }) => type === "finish"));
    });
  }

  test("says what the provider said when it fails in the middle", async () => {
    const { text, error } = await collect(ask("stand-in:error-chunk"));
    assert.equal(error?.code, "PROVIDER_ERROR");
    assert.match(error?.message ?? "", /The engine fell over/);
    assert.match(text, /^You said/);
  });

  test("says PROVIDER_DOWN when nobody listens", async () => {
    const gone = await startStandInProvider();
    await gone.close();
    const { error } = await collect(ask("hello", { config: configOf({ baseUrl: gone.baseUrl }) }));
    assert.equal(error?.code, "PROVIDER_DOWN", inspect(error));
    assert.match(error?.hint ?? "", /Start Stand-in on this machine/);
  });

  for (const behaviour of ["hang", "stall", "slow"]) {
    test(`stops while the provider does ${behaviour}, and breaks the connection`, async () => {
      const abort = new AbortController();
      const events: AnswerEvent[] = [];
      const before = provider.requests.length;
      const timer = setTimeout(() => abort.abort(), 250);
      for await (const event of ask(`stand-in:${behaviour}`, { signal: abort.signal })) events.push(event);
      clearTimeout(timer);
      assert.deepEqual(events.at(-1), { type: "finish", reason: "stopped" });
      const request = provider.requests[before];
      for (let waited = 0; request?.aborted !== true && waited < 100; waited += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.equal(request?.aborted, true);
    });
  }

  test("never tells the key, whatever the provider answers with", async () => {
    const config = configOf();
    const keyed = { ...config, key: bindKey(config, secret) };
    const { error } = await collect(ask("stand-in:echoed-key", { config: keyed }));
    assert.equal(error?.code, "KEY_REFUSED");
    assert.equal(provider.requests.at(-1)?.authorization, `Bearer ${secret}`);
    const everything = `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)} ${error?.stack}`;
    assert.ok(!everything.includes("very-secret"), everything);
    assert.match(error?.message ?? "", /\[key\]/);
    assert.equal(error?.cause, undefined);
  });

  test("sends a key to the origin it was stored for, and nowhere else", async () => {
    const keyed = {
      ...configOf(),
      key: bindKey({ kind: "openai-compatible", baseUrl: elsewhere.baseUrl }, secret),
    };
    const seen = provider.requests.length;
    const refused = await collect(ask("hello", { config: keyed }));
    assert.equal(refused.error?.code, "KEY_REFUSED");
    assert.equal(provider.requests.length, seen);
    const redirected = await collect(
      ask("stand-in:redirect", { config: { ...configOf(), key: bindKey(configOf(), secret) } }),
    );
    assert.equal(redirected.error?.code, "PROVIDER_ERROR");
    assert.equal(elsewhere.requests.length, 0);
  });

  test("asks for a key before it asks a maker's server", async () => {
    for (const kind of ["openai", "anthropic", "google"] as const) {
      const { error } = await collect(ask("hello", { config: configOf({ kind }) }));
      assert.equal(error?.code, "KEY_REFUSED");
      assert.match(error?.message ?? "", /none is stored/);
    }
  });

  test("answers with the built-in model through its engine, and says so when there is none", async () => {
    const config = configOf({ kind: "builtin" });
    const without = await collect(ask("hello", { config }));
    assert.equal(without.error?.code, "NO_PROVIDER");
    const builtin = {
      models: () => Promise.resolve([]),
      async *answer({ turns }: { turns: readonly { text: string }[] }) {
        yield { type: "text" as const, text: `heard ${turns[0]?.text}` };
        await Promise.resolve();
        yield { type: "finish" as const, reason: "stop" as const, outputTokens: 2 };
      },
    };
    const { events } = await collect(ask("hello", { config, builtin }));
    assert.deepEqual(events, [
      { type: "text", text: "heard hello" },
      { type: "usage", outputTokens: 2 },
      { type: "finish", reason: "stop" },
    ]);
  });
});
