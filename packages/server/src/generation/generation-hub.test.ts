import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChattyError, createUuid } from "@chatty/model";
import type { MessageId } from "@chatty/model";
import type { GenerationEvent } from "../api/messages.ts";
import { SseStream } from "../events/sse-stream.ts";
import type { AnswerReader } from "../routes/generation/generation-port.ts";
import type { FoundModel } from "./answer-store.ts";
import { createGenerationHub } from "./generation-hub.ts";
import type { GenerationHub } from "./generation-hub.ts";
import { createHandClock, createMemoryAnswerStore, settled } from "./testing/memory-answer-store.ts";
import type { HandClock, MemoryAnswerStore } from "./testing/memory-answer-store.ts";
import { createScriptedAnswer } from "./testing/scripted-answer.ts";
import type { ScriptedAnswer } from "./testing/scripted-answer.ts";

interface Scene {
  store: MemoryAnswerStore;
  clock: HandClock;
  model: ScriptedAnswer;
  hub: GenerationHub;
  question: MessageId;
}

const found: FoundModel = {
  config: { providerId: "local", kind: "openai-compatible", name: "Local", baseUrl: "http://127.0.0.1:1/v1" },
  model: { id: "small", contextTokens: 8192 },
};

function scene(options: { found?: FoundModel | undefined } = { found }): Scene {
  const store = createMemoryAnswerStore();
  const clock = createHandClock();
  const model = createScriptedAnswer();
  const hub = createGenerationHub({
    store,
    clock,
    ask: model.ask,
    providers: { find: () => Promise.resolve(options.found) },
  });
  return { store, clock, model, hub, question: store.add("user", "Why?") };
}

interface Recorder extends AnswerReader {
  events: { id: number; event: GenerationEvent }[];
  hasEnded: boolean;
}

function recorder(): Recorder {
  const events: Recorder["events"] = [];
  return {
    events,
    hasEnded: false,
    event: (id, event) => events.push({ id, event }),
    end() {
      this.hasEnded = true;
    },
  };
}

/** What a page shows after these events. */
function shownBy(events: readonly { event: GenerationEvent }[]): { text: string; thinking: string } {
  let shown = { text: "", thinking: "" };
  for (const { event } of events) {
    if (event.type === "state") shown = { text: event.text, thinking: event.thinking };
    if (event.type === "text") shown.text += event.text;
    if (event.type === "thinking") shown.thinking += event.text;
  }
  return shown;
}

/** Events of a piece of a stream; heartbeats are none. */
function eventsOf(body: string): { event: GenerationEvent }[] {
  return body
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => ({ event: JSON.parse(line.slice("data: ".length)) as GenerationEvent }));
}

const text = (words: string): { type: "text"; text: string } => ({ type: "text", text: words });
const stop = { type: "finish", reason: "stop" } as const;
const doneOf = (reader: Recorder): GenerationEvent | undefined =>
  reader.events.find(({ event }) => event.type === "done")?.event;

describe("an answer", () => {
  test("is durable before anybody hears that it is done, with all that came with it", async () => {
    const { store, clock, model, hub } = scene();
    const answerId = await hub.start(store.sessionId, {});
    const reader = recorder();
    let keptAtDone: unknown;
    hub.follow(store.sessionId, undefined, {
      event(id, event) {
        if (event.type === "done") keptAtDone = store.final(answerId);
        reader.event(id, event);
      },
      end: () => reader.end(),
    });
    await settled();
    model.say({ type: "thinking", text: "Hm. " });
    await settled();
    await clock.pass(200);
    model.say({ type: "thinking", text: "Yes." }, text("Be"), text("cause."));
    model.say({ type: "part", part: { kind: "citation", url: "https://example.org/" } }, text(" So."));
    await settled();
    await clock.pass(300);
    model.say({ type: "usage", inputTokens: 5, outputTokens: 7 }, stop);
    await settled();
    assert.ok(keptAtDone !== undefined, "done was told before the message was kept");
    assert.deepEqual(store.final(answerId), {
      id: answerId,
      parentId: store.final(answerId)?.parentId,
      role: "assistant",
      content: "Because. So.",
      runtimeId: "synth",
      constructId: "synth-001",
      model: "local/small",
      parts: [
        { kind: "thinking", text: "Hm. Yes." },
        { kind: "text", text: "Because." },
        { kind: "citation", url: "https://example.org/" },
        { kind: "text", text: " So." },
      ],
      thinkingLog: ["Hm. Yes."],
      responseTimeMs: 500,
      metadata: { finishReason: "stop", thinkingMs: 200, usage: { inputTokens: 5, outputTokens: 7 } },
    });
    assert.deepEqual(shownBy(reader.events), { text: "Because. So.", thinking: "Hm. Yes." });
    assert.deepEqual(doneOf(reader), { type: "done", messageId: answerId, stopped: false });
    assert.equal(reader.hasEnded, true);
    assert.equal(hub.isGenerating(store.sessionId), false);
    assert.equal(hub.follow(store.sessionId, undefined, recorder()), undefined);
  });

  test("is the same for readers that come early, late, again, and that go", async () => {
    const { store, model, hub } = scene();
    const told: string[] = [];
    hub.onState(({ state }) => told.push(state));
    await hub.start(store.sessionId, {});
    const early = recorder();
    const leaves = recorder();
    hub.follow(store.sessionId, undefined, early);
    const leave = hub.follow(store.sessionId, undefined, leaves);
    hub.follow(store.sessionId, undefined, {
      event() {
        throw new Error("This tab is broken.");
      },
      end: () => undefined,
    });
    await settled();
    model.say(text("one "), text("two "));
    await settled();
    leave?.();
    const late = recorder();
    hub.follow(store.sessionId, 2, late);
    model.say(text("three"), stop);
    await settled();
    assert.deepEqual(shownBy(early.events), { text: "one two three", thinking: "" });
    assert.deepEqual(shownBy(late.events), shownBy(early.events));
    assert.deepEqual(shownBy(leaves.events), { text: "one two ", thinking: "" });
    const [first] = late.events;
    assert.equal(first?.event.type, "state");
    for (const { events } of [early, late]) {
      const ids = events.map(({ id }) => id);
      assert.deepEqual(
        ids,
        [...ids].sort((a, b) => a - b),
      );
      assert.equal(new Set(ids).size, ids.length);
    }
    assert.equal(early.events[0]?.id, 1);
    assert.equal(early.events.at(-1)?.id, late.events.at(-1)?.id);
    assert.deepEqual(told, ["started", "ended"]);
  });

  test("does not wait for a reader that does not read, who gets a fresh state instead", async () => {
    const { store, model, hub } = scene();
    const answerId = await hub.start(store.sessionId, {});
    const stream = new SseStream({
      limit: 4,
      afterOverflow: () => {
        const state = hub.state(store.sessionId);
        assert.ok(state !== undefined);
        return { id: state.id, data: state.event };
      },
    });
    hub.follow(store.sessionId, undefined, {
      event: (id, event) => stream.send({ id, data: event }),
      end: () => stream.end(),
    });
    await settled();
    const words = Array.from({ length: 50 }, (_, index) => `${index} `);
    model.say(...words.map(text));
    await settled();
    // Only now does the reader read again.
    const events: { event: GenerationEvent }[] = [];
    const reading = (async () => {
      for await (const piece of stream) events.push(...eventsOf(String(piece)));
    })();
    await settled();
    assert.ok(events.length < 10, "everything waited for the reader");
    assert.equal(shownBy(events).text, words.slice(0, shownBy(events).text.split(" ").length - 1).join(""));
    model.say(text("end"), stop);
    await settled();
    await reading;
    assert.equal(store.final(answerId)?.content, `${words.join("")}end`);
    assert.equal(shownBy(events).text, `${words.join("")}end`);
    assert.equal(events.at(-1)?.event.type, "done");
  });

  test("tells that it is over to a reader that fell behind at the very end", async () => {
    const { store, model, hub } = scene();
    const answerId = await hub.start(store.sessionId, {});
    const seen: unknown[] = [];
    hub.follow(store.sessionId, undefined, {
      event: (_, event) => {
        if (event.type === "done") seen.push(hub.state(store.sessionId)?.event);
      },
      end: () => seen.push("end"),
    });
    await settled();
    model.say(text("a"), stop);
    await settled();
    assert.deepEqual(seen, [{ type: "done", messageId: answerId, stopped: false }, "end"]);
  });

  test("is asked for once, however often the request is repeated", async () => {
    const { store, model, hub, question } = scene();
    const id = createUuid();
    const starts = await Promise.all([
      hub.start(store.sessionId, { id }),
      hub.start(store.sessionId, { id }),
      hub.start(store.sessionId, { id, parentId: question }),
    ]);
    assert.deepEqual(starts, [id, id, id]);
    await assert.rejects(hub.start(store.sessionId, {}), { code: "GENERATION_RUNNING" });
    await settled();
    model.say(text("Once."), stop);
    await settled();
    assert.equal(await hub.start(store.sessionId, { id }), id);
    assert.equal(model.requests.length, 1);
    assert.equal(hub.isGenerating(store.sessionId), false);
  });

  test("made anew stands beside the first one", async () => {
    const { store, model, hub, question } = scene();
    const first = await hub.start(store.sessionId, {});
    await settled();
    model.say(text("A."), stop);
    await settled();
    const second = await hub.start(store.sessionId, {});
    await settled();
    model.say(text("B."), stop);
    await settled();
    assert.equal(store.final(first)?.parentId, question);
    assert.equal(store.final(second)?.parentId, question);
  });

  test("is refused for what is not there", async () => {
    const { store, hub } = scene();
    await assert.rejects(hub.start(store.sessionId, { parentId: createUuid() }), {
      code: "MESSAGE_NOT_FOUND",
    });
    await assert.rejects(hub.start(store.sessionId, { continues: createUuid() }), {
      code: "MESSAGE_NOT_FOUND",
    });
    await assert.rejects(hub.start(store.sessionId, { id: "no id" }), { code: "INVALID_ID" });
  });
});

describe("checkpoints", () => {
  test("are written soon, then now and then, and never without growth", async () => {
    const { store, clock, model, hub } = scene();
    await hub.start(store.sessionId, {});
    await settled();
    await clock.pass(10_000);
    assert.equal(store.writes.length, 0);
    model.say(text("a"));
    await settled();
    await clock.pass(749);
    assert.equal(store.writes.length, 0);
    await clock.pass(1);
    assert.deepEqual(
      store.writes.map(({ kind, draft }) => [kind, draft.content]),
      [["checkpoint", "a"]],
    );
    await clock.pass(10_000);
    assert.equal(store.writes.length, 1);
    for (let second = 0; second < 10; second += 1) {
      model.say(text("b"));
      await settled();
      await clock.pass(1000);
    }
    assert.equal(store.writes.length, 6);
    model.say(stop);
    await settled();
    assert.deepEqual(
      store.writes.map(({ kind }) => kind),
      [...Array.from({ length: 6 }, () => "checkpoint"), "message"],
    );
    await clock.pass(10_000);
    assert.equal(store.writes.length, 7);
  });

  test("that cannot be written end the answer with what there is, and say why", async () => {
    const { store, clock, model, hub } = scene();
    const answerId = await hub.start(store.sessionId, {});
    const reader = recorder();
    hub.follow(store.sessionId, undefined, reader);
    await settled();
    store.failing.checkpoint = new ChattyError("DISK_FULL", "The disk is full.", { hint: "Make room." });
    model.say(text("half"));
    await settled();
    await clock.pass(750);
    const failure = { code: "STORAGE_FAILED", hint: "Make room." };
    assert.partialDeepStrictEqual(doneOf(reader), { type: "done", stopped: false, failure });
    assert.partialDeepStrictEqual(store.final(answerId), { content: "half", metadata: { failure } });
  });

  test("and a message that cannot be kept is never told as kept", async () => {
    const { store, model, hub } = scene();
    await hub.start(store.sessionId, {});
    const reader = recorder();
    hub.follow(store.sessionId, undefined, reader);
    await settled();
    store.failing.append = new Error("EIO");
    model.say(text("all"), stop);
    await settled();
    assert.partialDeepStrictEqual(doneOf(reader), { failure: { code: "STORAGE_FAILED" } });
    assert.equal(hub.isGenerating(store.sessionId), false);
  });
});

describe("an answer that ends early", () => {
  test("keeps what came when the person stops it", async () => {
    const { store, model, hub } = scene();
    const answerId = await hub.start(store.sessionId, {});
    const reader = recorder();
    hub.follow(store.sessionId, undefined, reader);
    await settled();
    model.say(text("half of"));
    await settled();
    assert.equal(await hub.stop(store.sessionId), true);
    assert.partialDeepStrictEqual(store.final(answerId), {
      content: "half of",
      metadata: { stopped: true, finishReason: "stopped" },
    });
    assert.deepEqual(doneOf(reader), { type: "done", messageId: answerId, stopped: true });
    assert.equal(model.requests[0]?.signal.aborted, true);
    assert.equal(await hub.stop(store.sessionId), false);
  });

  test("is kept with its failure when nothing came, so that the failure outlives the page", async () => {
    const { store, model, hub } = scene();
    const answerId = await hub.start(store.sessionId, {});
    const reader = recorder();
    hub.follow(store.sessionId, undefined, reader);
    await settled();
    model.fail(
      new ChattyError("RATE_LIMITED", "Local takes no more requests.", {
        hint: "Try again in 7 seconds.",
        where: { retryAfter: 7 },
      }),
    );
    await settled();
    const failure = {
      code: "RATE_LIMITED",
      message: "Local takes no more requests.",
      hint: "Try again in 7 seconds.",
      retryAfter: 7,
    };
    assert.deepEqual(doneOf(reader), { type: "done", messageId: answerId, stopped: false, failure });
    assert.partialDeepStrictEqual(store.final(answerId), {
      content: failure.message,
      parts: [{ kind: "error", name: "RATE_LIMITED", text: failure.message }],
      metadata: { failure },
    });
  });

  test("keeps its text beside the failure when something came", async () => {
    const { store, model, hub } = scene();
    const answerId = await hub.start(store.sessionId, {});
    await settled();
    model.say(text("half"));
    model.fail(new ChattyError("CONNECTION_CUT", "It broke."));
    await settled();
    const kept = store.final(answerId);
    assert.equal(kept?.content, "half");
    assert.equal(kept?.parts, undefined);
    assert.partialDeepStrictEqual(kept?.metadata, { cut: true, failure: { code: "CONNECTION_CUT" } });
  });

  test("says NO_PROVIDER when there is none, and asks nobody", async () => {
    const { store, model, hub } = scene({ found: undefined });
    const answerId = await hub.start(store.sessionId, { model: "gone/large" });
    await settled();
    assert.partialDeepStrictEqual(store.final(answerId), { metadata: { failure: { code: "NO_PROVIDER" } } });
    assert.equal(model.requests.length, 0);
  });

  test("is cut when the server closes, and can be gone on with afterwards", async () => {
    const { store, model, hub, question } = scene();
    const cut = await hub.start(store.sessionId, {});
    await settled();
    model.say({ type: "thinking", text: "Hm." }, text("The first hal"));
    await settled();
    await hub.close();
    assert.partialDeepStrictEqual(store.final(cut), { content: "The first hal", metadata: { cut: true } });
    await assert.rejects(hub.start(store.sessionId, { parentId: question }), { code: "SERVER_STOPPING" });

    const later = createScriptedAnswer();
    const again = createGenerationHub({
      store,
      ask: later.ask,
      providers: { find: () => Promise.resolve(found) },
    });
    const whole = await again.start(store.sessionId, { continues: cut });
    const reader = recorder();
    again.follow(store.sessionId, undefined, reader);
    await settled();
    assert.deepEqual(
      later.requests[0]?.messages.map(({ role, content }) => [role, content.slice(0, 13)]),
      [
        ["user", "Why?"],
        ["assistant", "The first hal"],
        ["user", "Your last ans"],
      ],
    );
    later.say(text("f and the second."), stop);
    await settled();
    assert.partialDeepStrictEqual(store.final(whole), {
      parentId: question,
      content: "The first half and the second.",
      metadata: { continues: cut },
    });
    assert.equal(shownBy(reader.events).text, "The first half and the second.");
  });

  test("is made anew under its id when a kill left only a checkpoint", async () => {
    const { store, clock, model, hub } = scene();
    const id = await hub.start(store.sessionId, {});
    await settled();
    model.say(text("lost ha"));
    await settled();
    await clock.pass(750);
    // The process is gone; another one opens the same vault.
    const later = createScriptedAnswer();
    const again = createGenerationHub({
      store,
      ask: later.ask,
      providers: { find: () => Promise.resolve(found) },
    });
    assert.equal((await store.message(store.sessionId, id))?.partial, true);
    await again.start(store.sessionId, { id });
    await settled();
    later.say(text("Whole."), stop);
    await settled();
    assert.equal(store.final(id)?.content, "Whole.");
    await hub.close();
  });
});

describe("what a model is shown", () => {
  test("reaches back as far as it fits, reads no further, and says what was left out", async () => {
    const { store, model, hub } = scene();
    for (let turn = 0; turn < 200; turn += 1) {
      store.add("assistant", `answer ${turn} ${"x".repeat(380)}`);
      store.add("assistant", "inner workings", { hidden: true });
      store.add("user", `question ${turn} ${"y".repeat(380)}`);
    }
    store.system = "You are Synth.";
    const answerId = await hub.start(store.sessionId, {});
    await settled();
    model.say(text("ok"), stop);
    await settled();
    const { messages = [], system } = model.requests[0] ?? {};
    assert.equal(system, "You are Synth.");
    assert.ok(messages.length > 20 && messages.length < 60, String(messages.length));
    assert.ok(messages.every(({ content }) => content !== "inner workings"));
    assert.match(messages.at(-1)?.content ?? "", /^question 199/);
    assert.ok(store.read < 100, `${store.read} messages were read`);
    const leftOut = store.final(answerId)?.metadata?.["leftOut"];
    assert.ok(typeof leftOut === "number" && leftOut > 500, JSON.stringify(leftOut));
  });
});
