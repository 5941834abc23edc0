import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { continuityTypeOf, parallelWindowMs, resumeWithinMs } from "./continuity-type.ts";
import type { ContinuityFacts, TransitionSide } from "./continuity-type.ts";
import { keyTopicsOf } from "./key-topics.ts";
import { findMentions } from "./mentions.ts";
import { findRelativeReferences } from "./relative-words.ts";
import { speechActsOf } from "./speech-acts.ts";
import { heaviestTerms, likenessOf, termWeights } from "./term-weights.ts";
import { vibeOf } from "./vibe.ts";

const nothing: ContinuityFacts = {
  similarity: () => 0,
  isContinuation: () => false,
  refersBack: () => false,
  isActive: () => false,
};
const at = Date.UTC(2024, 4, 17);
const from: TransitionSide = { at, runtimeId: "synth", sessionId: "a", confidence: 1 };
const to: TransitionSide = { at: at + 1000, runtimeId: "chatgpt-a", sessionId: "b", confidence: 1 };

describe("the continuity of a change of runtime", () => {
  test("is seamless in the same conversation and never between two", () => {
    assert.equal(continuityTypeOf(from, { ...to, sessionId: "a" }, nothing).type, "seamless");
    const all = { ...nothing, similarity: () => 1, isContinuation: () => true };
    assert.equal(continuityTypeOf(from, to, all).type, "resume");
    const { sessionId: _from, ...nobody } = from;
    const { sessionId: _to, ...nowhere } = to;
    assert.deepEqual(continuityTypeOf(nobody, nowhere, all), {
      type: "break",
      confidence: 0.5,
      why: "no-conversation",
    });
  });

  test("is a resumption by certainty, by words that refer back, or by a topic, each with its bounds", () => {
    const with_ = (likeness: number, refersBack: boolean, gap = 1000) =>
      continuityTypeOf(
        from,
        { ...to, at: at + gap },
        { ...nothing, similarity: () => likeness, refersBack: () => refersBack },
      );
    assert.equal(continuityTypeOf(from, to, { ...nothing, isContinuation: () => true }).confidence, 1);
    assert.deepEqual([with_(0.15, true).type, with_(0.15, true).confidence], ["resume", 0.7]);
    assert.equal(with_(0.149, true).type, "break");
    assert.equal(with_(0.15, false).type, "break");
    assert.deepEqual([with_(0.3, false).type, with_(0.3, false).confidence], ["resume", 0.5]);
    assert.equal(with_(0.299, false).type, "break");
    assert.equal(with_(1, true, resumeWithinMs).type, "resume");
    assert.equal(with_(1, true, resumeWithinMs + 1).type, "break");
  });

  test("is parallel where the former conversation is taken up again in time", () => {
    const asked: number[] = [];
    const judged = continuityTypeOf(from, to, {
      ...nothing,
      isActive: (sessionId, after, until) => {
        assert.equal(sessionId, "a");
        asked.push(after - at, until - at);
        return true;
      },
    });
    assert.deepEqual(
      [judged.type, judged.why, asked],
      ["parallel", "taken-up-again", [1000, 1000 + parallelWindowMs]],
    );
  });

  test("is never surer than the times it rests on", () => {
    const unsure = { ...to, confidence: 0.3 };
    assert.equal(continuityTypeOf(from, unsure, nothing).confidence, 0.3);
    assert.equal(continuityTypeOf(from, { ...unsure, sessionId: "a" }, nothing).confidence, 1);
  });
});

describe("words that refer to another time", () => {
  const cases: [string, string, string, number?][] = [
    ["What did I say yesterday about it?", "en", "day", -1],
    ["As I said, the boat leaks.", "en", "as-said"],
    ["Let's continue with the boat.", "en", "continuation"],
    ["Vorgestern war es anders.", "de", "day", -2],
    ["Wie gesagt: das Boot ist undicht.", "de", "as-said"],
    ["Machen wir weiter mit dem Boot", "de", "continuation"],
    ["Avant-hier, tu parlais de Brest.", "fr", "day", -2],
    ["Comme je l’ai dit, non.", "fr", "as-said"],
    ["Como te dije, el barco hace agua.", "es", "as-said"],
    ["ieri sera abbiamo parlato", "it", "day", -1],
    ["Como eu disse, não.", "pt", "as-said"],
    ["Eergisteren was het anders", "nl", "day", -2],
    ["我们昨天聊过这个", "zh", "day", -1],
    ["前回の続きをお願いします", "ja", "continuation"],
  ];
  for (const [text, language, kind, days] of cases) {
    test(`are found in ${language}: ${text}`, () => {
      const found = findRelativeReferences(text).find((each) => each.kind === kind);
      assert.ok(found, JSON.stringify(findRelativeReferences(text)));
      assert.deepEqual([found.language, found.days], [language, days]);
    });
  }

  test("are whole words, and the longer phrase counts", () => {
    assert.deepEqual(findRelativeReferences("Yesterdays are discontinued."), []);
    const [found, ...others] = findRelativeReferences("the day before yesterday");
    assert.deepEqual([found?.days, others.length], [-2, 0]);
  });

  test("do not make a long text slow", () => {
    const started = performance.now();
    findRelativeReferences("as i said yesterday ".repeat(200_000));
    assert.ok(performance.now() - started < 2_000);
  });
});

describe("what a text does and sounds like", () => {
  test("is told by what it does", () => {
    assert.deepEqual(speechActsOf("Hello, how are you?"), ["Greeting", "Small talk", "Question"]);
    assert.deepEqual(speechActsOf("Danke, bis morgen!"), ["Farewell", "Thanks"]);
    assert.deepEqual(speechActsOf("你好，请帮我"), ["Greeting", "Request"]);
    assert.deepEqual(speechActsOf("The hithermost hill"), []);
  });

  test("is told by its telling words, and a conversation about nothing is called general", () => {
    assert.deepEqual(
      keyTopicsOf(["Hello, how are you?"], []).map(({ topic }) => topic),
      ["Greeting", "General conversation"],
    );
    assert.deepEqual(
      keyTopicsOf(["Hello"], ["boat", "varnish"]).map(({ topic, why }) => [topic, why]),
      [
        ["Greeting", "speech-act"],
        ["boat", "telling-word"],
        ["varnish", "telling-word"],
      ],
    );
    assert.equal(keyTopicsOf(["x"], ["a", "b", "c", "d", "e", "f", "g"]).length, 5);
  });

  test("is told by its mood, with the words that speak for it", () => {
    assert.deepEqual(vibeOf(["Hello, how are you?"]).why, ["hello", "how are you"]);
    assert.equal(vibeOf(["Ugh, still not working! This is frustrating."]).vibe, "frustrated");
    assert.equal(vibeOf(["Vielen Dank, danke!"]).vibe, "grateful");
    assert.deepEqual(vibeOf(["Seven."]), { vibe: "calm", emoji: ["🙂"], why: [] });
  });
});

describe("likeness of conversations", () => {
  const statistics = { sessions: 100, sessionsWith: (term: string) => (term === "the" ? 100 : 3) };
  const weigh = (text: string) => {
    const counts = new Map<string, number>();
    for (const word of text.split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
    return termWeights(counts, statistics);
  };

  test("is one for the same words, none without a common one, and a word that all have says nothing", () => {
    assert.ok(Math.abs(likenessOf(weigh("boat varnish"), weigh("varnish boat")) - 1) < 1e-9);
    assert.equal(likenessOf(weigh("boat the"), weigh("tea the")), 0);
    const half = likenessOf(weigh("boat tea"), weigh("boat coffee"));
    assert.ok(half > 0.49 && half < 0.51);
  });

  test("has the heaviest words first, in a fixed order", () => {
    assert.deepEqual(heaviestTerms(weigh("tea boat boat the anchor"), 3), ["boat", "anchor", "tea"]);
  });
});

describe("conversations named in a text", () => {
  test("are found by address, slug and id, each once", () => {
    const id = "0198c0de-1111-7222-8333-444455556666";
    const text = `See https://chatgpt.com/c/${id.toUpperCase()} and synth-001_chat_with_synth-001, then ${id}.`;
    assert.deepEqual(
      findMentions(text).map(({ kind, provider, value }) => [kind, provider, value]),
      [
        ["source", "chatgpt", id],
        ["slug", undefined, "synth-001_chat_with_synth-001"],
        ["session", undefined, id],
      ],
    );
    assert.deepEqual(findMentions("no 1234-5678 here, nor 0198c0de-1111-7222-8333-4444555566667"), []);
  });
});
