import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageId, RuntimeId, SessionId } from "@chatty/model";
import { framePassages } from "@chatty/runtimes";
import type { RecallAsk, Recalled } from "../recall/recall-port.ts";
import type { FoundModel } from "./answer-store.ts";
import { buildContext } from "./build-context.ts";
import { createMemoryAnswerStore } from "./testing/memory-answer-store.ts";

function modelOf(contextTokens: number): FoundModel {
  const config = {
    kind: "openai-compatible",
    providerId: "p",
    name: "P",
    baseUrl: "http://127.0.0.1:1/v1",
  } as const;
  return { config, model: { id: "m", contextTokens } };
}

function recalledOf(text: string): Recalled {
  const quoted = [{ role: "user" as const, text, isCutBefore: false, isCutAfter: false }];
  const passage = {
    sessionId: "" as SessionId,
    runtimeId: "synth" as RuntimeId,
    messageId: "" as MessageId,
    ...{
      runtime: "Chatty",
      title: "Boat",
      pieces: [],
      quoted,
      text,
      sha256: "",
      score: 1,
      why: [],
      tokens: 10,
    },
  };
  const framed = framePassages([{ ...passage, pieces: quoted }], "0123456789ab");
  return { passages: [passage], framed, at: 1, tookMs: 1 };
}

test("recalled passages stand before the message in a turn of their own, within a bound, and never where there is no room", async () => {
  const store = createMemoryAnswerStore();
  for (let turn = 0; turn < 40; turn += 1) {
    store.add(turn % 2 === 0 ? "user" : "assistant", `${turn} ${"words and more of them ".repeat(20)}`);
  }
  const id = store.add("user", "What is the boat called?");
  const parent = await store.message(store.sessionId, id);
  assert.ok(parent !== undefined);
  const asks: RecallAsk[] = [];
  const build = (contextTokens: number, found: Recalled | undefined) =>
    buildContext({
      store,
      sessionId: store.sessionId,
      parent,
      system: "Be kind.",
      found: modelOf(contextTokens),
      recall: {
        find: (ask) => {
          asks.push(ask);
          return Promise.resolve(found);
        },
      },
    });
  const wide = await build(16_000, recalledOf("The boat is called Saltwind."));
  assert.deepEqual(
    wide.messages.slice(-3).map(({ role, content }) => [role, content.slice(0, 12)]),
    [
      ["user", "Quotations f"],
      ["assistant", "I take these"],
      ["user", "What is the "],
    ],
  );
  assert.match(wide.system, /^Be kind\.\n\nBefore the last message/);
  assert.equal(asks[0]?.turns.at(-1)?.text, "What is the boat called?");
  assert.ok(asks[0]?.inContext.has(id) === true && asks[0].isLocal && asks[0].maxTokens <= 2000);
  // Nothing found: its room is the conversation's again.
  const none = await build(8000, undefined);
  const some = await build(8000, recalledOf("The boat is called Saltwind."));
  assert.equal(none.system, "Be kind.");
  assert.ok(none.leftOut < some.leftOut, `${none.leftOut} and ${some.leftOut} were left out`);
  asks.length = 0;
  await build(4000, recalledOf("The boat is called Saltwind."));
  assert.deepEqual(asks, []);
});
