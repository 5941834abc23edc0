import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import type { Conversation } from "@chatty/store";
import { createRandom } from "../fidelity/seeded-random.ts";
import { compareMoments, makeHistory, realActs } from "./history-run.ts";
import type { Acts, MadeHistory } from "./history-run.ts";
import { openTestVault } from "./open-test-vault.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const histories = isFull ? 1_000 : 60;
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const steps = 28;
/** Histories of one vault. */
const together = 20;

interface Outcome {
  histories: number;
  moments: number;
  compared: number;
  differences: string[];
}

/** Makes histories, compares all of their moments, opens the vault again and compares once more. */
async function run(t: TestContext, count: number, from: number, acts: Acts): Promise<Outcome> {
  const outcome: Outcome = { histories: 0, moments: 0, compared: 0, differences: [] };
  const clock = { now: 1_800_000_000_000 };
  const opened = await openTestVault(t, () => clock.now);
  const user = (): typeof opened.user => opened.user;
  const all: MadeHistory[] = [];
  const compare = async (made: MadeHistory, isEverywhere: boolean): Promise<void> => {
    const random = createRandom(made.seed);
    const { compared, differences } = await compareMoments({ user, acts, random }, made, isEverywhere);
    outcome.compared += compared;
    outcome.differences.push(...differences);
  };
  for (let number = from; number < from + count && outcome.differences.length === 0; number += 1) {
    const options = {
      user,
      clock,
      random: createRandom(number),
      seed: number,
      folder: join(opened.folder, `export-${number}`),
      steps,
      withImport: number % 4 === 0,
      acts,
    };
    const made = await makeHistory(options);
    all.push(made);
    outcome.histories += 1;
    outcome.moments += made.moments.length;
    await compare(made, true);
  }
  if (outcome.differences.length > 0) return outcome;
  await opened.reopen();
  for (const made of all) await compare(made, isFull);
  const { problems } = await opened.vault.verify();
  outcome.differences.push(...problems.map(({ code, message }) => `verify: ${code} ${message}`));
  return outcome;
}

describe("point in time", () => {
  test(`${histories} random histories look at every past moment as the model says, after a new start as well`, async (t) => {
    const begun = performance.now();
    const total: Outcome = { histories: 0, moments: 0, compared: 0, differences: [] };
    for (let first = 0; first < histories; first += together) {
      const outcome = await run(t, Math.min(together, histories - first), seed + first, realActs);
      total.histories += outcome.histories;
      total.moments += outcome.moments;
      total.compared += outcome.compared;
      assert.deepEqual(outcome.differences, [], `seed ${seed}`);
    }
    assert.equal(total.histories, histories);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    t.diagnostic(
      `seed ${seed}: ${total.histories} histories, ${total.moments} moments, ${total.compared} states compared, 0 differences, ${seconds} s`,
    );
  });
});

/** Bugs that the comparison must find, each in the place of something that works. */
const planted: Record<string, () => Acts> = {
  "an undo that takes back two changes": () => ({
    ...realActs,
    undo: async (user, session) => {
      const view = await user.undo(session);
      try {
        return await user.undo(session);
      } catch (error) {
        if (isChattyError(error, "NOTHING_TO_UNDO")) return view;
        throw error;
      }
    },
  }),
  "a look back that forgets what was deleted": () => {
    const seen = new Map<string, Conversation["messages"][number]>();
    return {
      ...realActs,
      show: async (user, session, at) => {
        const shown = await user.show(session, { at });
        for (const message of shown.messages) seen.set(`${session} ${message.id}`, message);
        const there = new Set(shown.messages.map(({ id }) => id));
        const buried = [...seen]
          .filter(([key, { id }]) => key.startsWith(`${session} `) && !there.has(id))
          .map(([, message]) => message)
          .filter(({ timestamp }) => timestamp !== undefined && timestamp <= at);
        return { ...shown, messages: [...shown.messages, ...buried] };
      },
    };
  },
  "a look back that takes the newest text of a message": () => ({
    ...realActs,
    show: async (user, session, at) => {
      const [then, now] = [await user.show(session, { at }), await user.show(session)];
      const texts = new Map(now.messages.map(({ id, content }) => [id, content]));
      const messages = then.messages.map((message) => ({
        ...message,
        content: texts.get(message.id) ?? message.content,
      }));
      return { ...then, messages };
    },
  }),
  "a restoring that loses the star": () => ({
    ...realActs,
    restore: async (user, session) => {
      await user.restoreSession(session);
      return await user.setStarred(session, false);
    },
  }),
  "a look back that shows today's star and home": () => ({
    ...realActs,
    show: async (user, session, at) => {
      const then = await user.show(session, { at });
      const { starred, home } = user.session(session);
      return { ...then, session: { ...then.session, starred, home } };
    },
  }),
};

describe("the comparison with the model", () => {
  for (const [bug, acts] of Object.entries(planted)) {
    test(`finds ${bug}`, async (t) => {
      let found: string | undefined;
      try {
        const { differences, histories: needed } = await run(t, 12, 7_000, acts());
        if (differences.length > 0) found = `after ${needed} histories`;
      } catch (error) {
        // A bug may as well make the vault refuse what the model allows.
        found = `by a refusal: ${error instanceof Error ? error.message : String(error)}`;
      }
      assert.ok(found !== undefined, `${bug} was not found`);
      t.diagnostic(found);
    });
  }
});
