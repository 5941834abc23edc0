import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { TestContext } from "node:test";
import type { SearchAnswer, SearchRequest } from "@chatty/model";
import { openTestVault } from "../vault/open-test-vault.ts";
import type { TestVault } from "../vault/open-test-vault.ts";

/** A thread may need longer than a question waits. */
async function caughtUp(opened: TestVault, request: SearchRequest): Promise<SearchAnswer> {
  for (;;) {
    const answer = await opened.user.search(request);
    if (answer.pendingSessions === 0) return answer;
    await delay(20);
  }
}

/** Titles or texts of what is found, in order. */
async function found(opened: TestVault, query: string): Promise<string[]> {
  const answer = await caughtUp(opened, { query });
  return answer.hits.map(({ snippet }) => snippet);
}

async function withMessages(
  t: TestContext,
  options: { searchThread?: string },
  ...texts: string[]
): Promise<{ opened: TestVault; id: string }> {
  const opened = await openTestVault(t, Date.now, options);
  const { sessionId } = await opened.user.createSession({ title: "Shopping" });
  for (const content of texts) await opened.user.append(sessionId, [{ role: "user", content }]);
  return { opened, id: sessionId };
}

function writeExport(folder: string, texts: readonly string[]): string {
  const mapping: Record<string, object> = {
    root: { id: "root", message: null, parent: null, children: ["m0"] },
  };
  texts.forEach((text, index) => {
    const id = `m${index}`;
    mapping[id] = {
      id,
      parent: index === 0 ? "root" : `m${index - 1}`,
      children: index === texts.length - 1 ? [] : [`m${index + 1}`],
      message: {
        id,
        author: { role: index % 2 === 0 ? "user" : "assistant", name: null, metadata: {} },
        create_time: 1_700_000_000 + index,
        content: { content_type: "text", parts: [text] },
        status: "finished_successfully",
        metadata: index % 2 === 0 ? {} : { model_slug: "gpt-4o" },
        recipient: "all",
      },
    };
  });
  const id = "00000000-0000-4000-8000-000000000001";
  const conversation = {
    title: "Garden plans",
    create_time: 1_700_000_000,
    update_time: 1_700_000_100 + texts.length,
    mapping,
    current_node: `m${texts.length - 1}`,
    conversation_id: id,
    id,
  };
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "conversations.json");
  writeFileSync(path, JSON.stringify([conversation]));
  return path;
}

const searchThread = new URL("search-thread.ts", import.meta.url).href;

for (const [place, options] of [
  ["in the process", {}],
  ["in threads", { searchThread }],
] as const)
  describe(`search of a vault ${place}`, () => {
    test("finds words in messages and titles, at once and after a new start", async (t) => {
      const { opened } = await withMessages(t, options, "two ripe avocados", "and a lemon");
      assert.deepEqual(await found(opened, "avocados"), ["two ripe avocados"]);
      assert.deepEqual(await found(opened, "shopping"), ["Shopping"]);
      assert.deepEqual(await found(opened, "avocados lemon"), []);
      await opened.reopen();
      assert.deepEqual(await found(opened, "LEMON"), ["and a lemon"]);
    });

    test("follows edits, deletions and restorations", async (t) => {
      const { opened, id } = await withMessages(t, options, "two ripe avocados", "and a lemon");
      const { user } = opened;
      const { messages } = await user.show(id);
      const [first, second] = messages;
      assert.ok(first !== undefined && second !== undefined);
      assert.deepEqual(await found(opened, "avocados"), ["two ripe avocados"]);
      await user.reviseMessage(id, first.id, "three green pears");
      assert.deepEqual(await found(opened, "avocados"), []);
      assert.deepEqual(await found(opened, "pears"), ["three green pears"]);
      await user.setMessageDeleted(id, second.id, true);
      assert.deepEqual(await found(opened, "lemon"), []);
      await user.deleteSession(id);
      assert.deepEqual(await found(opened, "pears"), []);
      assert.deepEqual(await found(opened, "shopping"), []);
      await user.restoreSession(id);
      assert.deepEqual(await found(opened, "pears"), ["three green pears"]);
      await user.renameSession(id, "Fruit");
      assert.deepEqual(await found(opened, "shopping"), []);
      assert.deepEqual(await found(opened, "fruit"), ["Fruit"]);
    });

    test("finds what was imported, and what a later import brings", async (t) => {
      const opened = await openTestVault(t, Date.now, options);
      const texts = ["Where do roses grow", "Roses grow in sun"];
      await opened.user.import({ kind: "path", path: writeExport(join(opened.folder, "a"), texts) });
      const answer = await caughtUp(opened, { query: "roses", facets: true });
      assert.deepEqual(answer.hits.map(({ snippet }) => snippet).sort(), [...texts].reverse().sort());
      assert.equal(answer.total, 2);
      assert.deepEqual(answer.facets?.roles, [
        { value: "assistant", count: 1 },
        { value: "user", count: 1 },
      ]);
      const grown = [...texts, "And tulips"];
      await opened.user.import({ kind: "path", path: writeExport(join(opened.folder, "b"), grown) });
      assert.deepEqual(await found(opened, "tulips"), ["And tulips"]);
      assert.equal((await caughtUp(opened, { query: "roses" })).total, 2);
      const { state, messages } = await opened.user.searchState();
      assert.deepEqual([state, messages], ["ready", 3]);
    });

    test("offers another spelling where nothing is found", async (t) => {
      const { opened } = await withMessages(t, options, "two ripe avocados", "and a lemon");
      const { hits, suggestions } = await caughtUp(opened, { query: "avocadso lemon" });
      assert.deepEqual([hits.length, suggestions], [0, undefined], "together they stand nowhere");
      for (const [typed, meant] of [
        ["ripe avocadso", "ripe avocados"],
        ["lmeon", "lemon"],
        ["xemon", "lemon"],
        ["avocaddo* leomn", undefined],
      ] as const) {
        const answer = await caughtUp(opened, { query: typed });
        assert.equal(answer.suggestions?.[0], meant, typed);
      }
    });

    test("leaves nothing of what was purged", async (t) => {
      const { opened, id } = await withMessages(t, options, "two ripe avocados");
      assert.equal((await caughtUp(opened, { query: "avocados" })).total, 1);
      await opened.user.deleteSession(id);
      await opened.user.purgeSession(id);
      assert.equal((await caughtUp(opened, { query: "avocados" })).total, 0);
    });
  });
