import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { bindKey } from "@chatty/runtimes";
import type { ProviderConfig } from "@chatty/runtimes";
import { startStandInProvider } from "@chatty/runtimes/testing";
import type { StandInProvider } from "@chatty/runtimes/testing";
import type { AnswerMessageDraft } from "./answer-store.ts";
import { createGenerationHub } from "./generation-hub.ts";
import type { GenerationHub } from "./generation-hub.ts";
import { createMemoryAnswerStore } from "./testing/memory-answer-store.ts";
import type { MemoryAnswerStore } from "./testing/memory-answer-store.ts";

const key = "sk-a-very-secret-key-1";
let provider: StandInProvider;

before(async () => {
  provider = await startStandInProvider({ chunkDelayMs: 2 });
});
after(() => provider.close());

function open(checkpointMs = 5): { store: MemoryAnswerStore; hub: GenerationHub } {
  const store = createMemoryAnswerStore();
  const place = { kind: "openai-compatible", baseUrl: provider.baseUrl } as const;
  const config: ProviderConfig = {
    ...place,
    providerId: "stand-in",
    name: "Stand-in",
    key: bindKey(place, key),
  };
  const hub = createGenerationHub({
    store,
    providers: {
      find: (name) => Promise.resolve({ config, model: { id: name?.split("/")[1] ?? "answer" } }),
    },
    checkpointFirstMs: checkpointMs,
    checkpointEveryMs: () => checkpointMs,
  });
  return { store, hub };
}

/** Asks, reads to the end as a tab does, and gives what was kept. */
async function ask(
  words: string,
): Promise<{ kept: AnswerMessageDraft; shown: string; store: MemoryAnswerStore }> {
  const { store, hub } = open();
  store.add("user", words);
  const answerId = await hub.start(store.sessionId, { model: "stand-in/answer" });
  let shown = "";
  await new Promise<void>((resolve) => {
    hub.follow(store.sessionId, undefined, {
      event(_, event) {
        if (event.type === "state") shown = event.text;
        if (event.type === "text") shown += event.text;
      },
      end: resolve,
    });
  });
  const kept = store.final(answerId);
  assert.ok(kept !== undefined);
  assert.ok(!JSON.stringify(store.writes).includes("very-secret"), "the key was written down");
  return { kept, shown, store };
}

describe("answers of a provider over HTTP", () => {
  test("are checkpointed on the way, each checkpoint a beginning of the next, and kept as shown", async () => {
    const { kept, shown, store } = await ask("Tell me something.");
    assert.equal(kept.content, shown);
    assert.match(shown, /^You said: Tell me something\./);
    assert.equal(kept.model, "stand-in/answer");
    const texts = store.writes.map(({ draft }) => draft.content);
    assert.ok(texts.length > 2, "no checkpoint was written");
    for (const [index, text] of texts.entries()) assert.ok((texts[index + 1] ?? text).startsWith(text));
  });

  const failures: [behaviour: string, code: string, came: boolean][] = [
    ["echoed-key", "KEY_REFUSED", false],
    ["no-model", "MODEL_UNKNOWN", false],
    ["busy", "RATE_LIMITED", false],
    ["too-long", "CONTEXT_TOO_LONG", false],
    ["cut", "CONNECTION_CUT", true],
    ["unfinished", "CONNECTION_CUT", true],
    ["overloaded", "PROVIDER_DOWN", false],
    ["broken", "PROVIDER_ERROR", false],
  ];
  for (const [behaviour, code, came] of failures) {
    test(`keep what came of ${behaviour}, with ${code}`, async () => {
      const { kept, shown } = await ask(`stand-in:${behaviour}`);
      assert.partialDeepStrictEqual(kept.metadata, { failure: { code } });
      assert.equal(shown !== "", came);
      if (came) assert.equal(kept.content, shown);
      else assert.partialDeepStrictEqual(kept.parts, [{ kind: "error", name: code }]);
    });
  }

  test("end at once when the person stops or the server closes, also when the provider hangs", async () => {
    for (const behaviour of ["hang", "stall"]) {
      for (const end of ["stop", "close"] as const) {
        const { store, hub } = open();
        store.add("user", `stand-in:${behaviour}`);
        const answerId = await hub.start(store.sessionId, {});
        await new Promise((resolve) => setTimeout(resolve, 100));
        const startedMs = performance.now();
        await (end === "stop" ? hub.stop(store.sessionId) : hub.close());
        assert.ok(performance.now() - startedMs < 1000);
        const metadata = store.final(answerId)?.metadata;
        assert.equal(metadata?.[end === "stop" ? "stopped" : "cut"], true);
        for (let waited = 0; provider.requests.at(-1)?.aborted !== true && waited < 100; waited += 1) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        assert.equal(provider.requests.at(-1)?.aborted, true, "the provider goes on");
      }
    }
  });
});
