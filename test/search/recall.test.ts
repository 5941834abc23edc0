import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { createUuid } from "@chatty/model";
import type { RuntimeId, SearchRequest, SessionId } from "@chatty/model";
import { createEmbedder } from "@chatty/runtimes";
import { createRecall } from "@chatty/server";
import type { FoundPassage, RecallPort } from "@chatty/server";
import type { OpenVaultOptions, UserVault } from "@chatty/store";
import { openCorpusVault } from "./recall-vault.ts";
import type { CorpusVault } from "./recall-vault.ts";
import { corpusNow, makeCorpus } from "./relevance/corpus.ts";
import type { Corpus } from "./relevance/corpus.ts";
import { makeFollowUps } from "./relevance/follow-ups.ts";
import type { FollowUp } from "./relevance/follow-ups.ts";
import { embedded } from "./relevance/vault-ranker.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const top = 5;
/** Follow-ups whose passages are embedded in a short run, among how many conversations. */
const shortFollowUps = 20;
const shortConversations = 50;

const corpus = makeCorpus();
const followUps = makeFollowUps(corpus);
const offline: OpenVaultOptions["meaning"] = {
  open: async () => ({ main: await createEmbedder("builtin", { cacheFolder: "" }) }),
};

interface Outcome {
  followUp: FollowUp;
  passages: FoundPassage[];
  /** Place of the needed passage from 0; -1 where it was not recalled. */
  place: number;
  tookMs: number;
}

/** The user as recalling needs it; what is judged here is what is found, and not that the time is bounded. */
function recallIn(user: UserVault, except: () => readonly RuntimeId[] = () => []): RecallPort {
  return createRecall({
    user,
    settings: () => ({
      "recall.on": true,
      "recall.elsewhere": false,
      "recall.exceptRuntimes": [...except()],
    }),
    boundMs: 60_000,
    now: () => corpusNow,
  });
}

async function askAll(
  { user, sessions }: CorpusVault,
  asked: readonly FollowUp[],
  except: (followUp: FollowUp) => readonly RuntimeId[] = () => [],
): Promise<Outcome[]> {
  let excepted: readonly RuntimeId[] = [];
  const recall = recallIn(user, () => excepted);
  await recall.prepare();
  const outcomes: Outcome[] = [];
  for (const followUp of asked) {
    excepted = except(followUp);
    const startedMs = performance.now();
    const recalled = await recall.find({
      sessionId: createUuid() as SessionId,
      turns: followUp.turns,
      inContext: new Set(),
      maxTokens: 4000,
      isLocal: true,
    });
    const passages = recalled?.passages ?? [];
    const fact = corpus.facts.find(({ message }) => message.key === followUp.passage);
    assert.ok(fact !== undefined);
    const place = passages.findIndex(
      ({ sessionId, text }) =>
        sessionId === sessions.get(followUp.conversation) && text.includes(fact.fact.said),
    );
    outcomes.push({ followUp, passages, place, tookMs: performance.now() - startedMs });
  }
  return outcomes;
}

function inTop(outcomes: readonly Outcome[]): number {
  return outcomes.filter(({ place }) => place !== -1 && place < top).length;
}

function tell(t: TestContext, how: string, outcomes: readonly Outcome[]): void {
  const reciprocal = outcomes.reduce((sum, { place }) => sum + (place === -1 ? 0 : 1 / (place + 1)), 0);
  const times = outcomes.map(({ tookMs }) => tookMs).sort((left, right) => left - right);
  const at = (share: number): string => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(0);
  t.diagnostic(
    `${how}: ${inTop(outcomes)} of ${outcomes.length} in the top ${top}, mean reciprocal rank ` +
      `${(reciprocal / outcomes.length).toFixed(3)}, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`,
  );
}

/** Passages of runtimes that were switched off for their question. */
function forbidden(
  outcomes: readonly Outcome[],
  except: (followUp: FollowUp) => readonly RuntimeId[],
): string[] {
  return outcomes.flatMap(({ followUp, passages }) =>
    passages.filter(({ runtimeId }) => except(followUp).includes(runtimeId)).map(({ text }) => text),
  );
}

/** A corpus of some of its conversations: those that the follow-ups need, and others. */
function partOf(needed: readonly FollowUp[]): Corpus {
  const keys = new Set(needed.map(({ conversation }) => conversation));
  const others = corpus.conversations
    .filter(({ key }) => !keys.has(key))
    .slice(0, shortConversations - keys.size);
  const conversations = corpus.conversations.filter((one) => keys.has(one.key) || others.includes(one));
  const messages = conversations.flatMap((one) => one.messages);
  return {
    conversations,
    messages,
    facts: corpus.facts.filter(({ conversation }) => conversations.includes(conversation)),
  };
}

describe("a hundred follow-up questions", () => {
  test("by words alone; and nothing is recalled from a runtime that was switched off", async (t) => {
    const opened = await openCorpusVault(corpus);
    t.after(() => opened.close());
    assert.equal(followUps.length, 100);
    const outcomes = await askAll(opened, followUps);
    tell(t, `words, ${corpus.messages.length} messages`, outcomes);
    assert.ok(inTop(outcomes) >= 40);

    const except = ({ runtime }: FollowUp): RuntimeId[] => [
      opened.runtimes.get(runtime) ?? ("" as RuntimeId),
    ];
    const without = await askAll(opened, isFull ? followUps : followUps.slice(0, 40), except);
    assert.deepEqual(forbidden(without, except), []);
    assert.equal(inTop(without), 0, "the needed passage itself is of a runtime that is off");
    assert.ok(without.some(({ passages }) => passages.length > 0));
    // The check must see what a switch that does nothing would let through.
    assert.ok(forbidden(outcomes, except).length > 40);

    // Nor when the search pays no heed to what it was asked for.
    const search = opened.user.search.bind(opened.user);
    t.after(() => Object.assign(opened.user, { search }));
    Object.assign(opened.user, {
      search: (request: SearchRequest) => search({ ...request, filters: {} }),
    });
    const careless = await askAll(opened, followUps.slice(0, 15), except);
    assert.deepEqual(forbidden(careless, except), []);
  });

  test(
    "by words and by meaning, with the embedder that comes with Chatty",
    { timeout: 1_800_000 },
    async (t) => {
      const asked = isFull ? followUps : followUps.slice(0, shortFollowUps);
      const searched = isFull ? corpus : partOf(asked);
      const opened = await openCorpusVault(searched, { meaning: offline });
      t.after(() => opened.close());
      await embedded(opened.user);
      const outcomes = await askAll(opened, asked);
      tell(t, `words and meaning, ${searched.messages.length} messages`, outcomes);
      const missed = outcomes
        .filter(({ place }) => place === -1 || place >= top)
        .map(({ followUp }) => followUp.id);
      t.diagnostic(`missed: ${missed.join(" ")}`);
      assert.ok(inTop(outcomes) >= 0.8 * asked.length);
      const except = ({ runtime }: FollowUp): RuntimeId[] => [
        opened.runtimes.get(runtime) ?? ("" as RuntimeId),
      ];
      assert.deepEqual(forbidden(await askAll(opened, asked, except), except), []);
    },
  );
});
