import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { openTestVault } from "../vault/open-test-vault.ts";

const searchThread = new URL("search-thread.ts", import.meta.url).href;
const conversations = 1_500;

function writeExport(folder: string): string {
  const list = Array.from({ length: conversations }, (_, number) => {
    const id = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
    return {
      title: `Conversation ${number}`,
      create_time: 1_700_000_000 + number,
      update_time: 1_700_000_100 + number,
      mapping: {
        root: { id: "root", message: null, parent: null, children: ["a"] },
        a: {
          id: "a",
          parent: "root",
          children: [],
          message: {
            id: "a",
            author: { role: "user", name: null, metadata: {} },
            create_time: 1_700_000_000 + number,
            content: {
              content_type: "text",
              parts: [`everywhere number${number} ${"and so on ".repeat(30)}`],
            },
            status: "finished_successfully",
            metadata: {},
            recipient: "all",
          },
        },
      },
      current_node: "a",
      conversation_id: id,
      id,
    };
  });
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "conversations.json");
  writeFileSync(path, JSON.stringify(list));
  return path;
}

describe("the state of a search index", () => {
  test("never says that it is ready while something is missing, in threads as in the process", async (t) => {
    for (const options of [{ searchThread }, {}]) {
      const opened = await openTestVault(t, Date.now, options);
      await opened.user.import({ kind: "path", path: writeExport(join(opened.folder, "export")) });
      let looks = 0;
      for (let isReady = false; !isReady; looks += 1) {
        const state = await opened.user.searchState();
        const answer = await opened.user.search({ query: "everywhere", mode: "text", limit: 1 });
        if (answer.pendingSessions === 0)
          assert.equal(answer.total, conversations, "an answer that lacks nothing");
        isReady = state.pendingSessions === 0;
        if (!isReady) {
          await delay(5);
          continue;
        }
        assert.deepEqual([state.state, state.messages], ["ready", conversations]);
      }
      t.diagnostic(`${looks} looks until everything was there`);
    }
  });

  test("is taken up where a process left it, and is ready at once when nothing is missing", async (t) => {
    const opened = await openTestVault(t, Date.now, { searchThread });
    await opened.user.import({ kind: "path", path: writeExport(join(opened.folder, "export")) });
    await opened.user.search({ query: "everywhere", mode: "text" });
    await opened.reopen();
    for (;;) {
      const { pendingSessions } = await opened.user.searchState();
      if (pendingSessions === 0) break;
      await delay(20);
    }
    await opened.user.setSettings({ "chat.note": "changes no conversation" });
    await opened.reopen();
    const first = await opened.user.search({ query: "number7", mode: "text" });
    for (let looks = 0; looks < 100; looks += 1) {
      const { pendingSessions } = await opened.user.searchState();
      assert.ok(pendingSessions <= 1, `${pendingSessions} are compared again`);
      if (pendingSessions === 0) break;
      await delay(20);
    }
    assert.ok(first.pendingSessions <= 1);
    assert.equal((await opened.user.search({ query: "number7", mode: "text" })).total, 1);
  });

  test("is not trusted when its file is damaged, cut off, of another version or gone", async (t) => {
    for (const options of [{ searchThread }, {}]) {
      const opened = await openTestVault(t, Date.now, options);
      const { sessionId } = await opened.user.createSession({ title: "Birds" });
      await opened.user.append(sessionId, [{ role: "user", content: "a goldfinch" }]);
      const path = join(opened.root, "catalog", `${opened.user.userId}.search.db`);
      for (const [name, damage] of damages) {
        while ((await opened.user.search({ query: "goldfinch", mode: "text" })).pendingSessions > 0)
          await delay(20);
        await opened.vault.close();
        damage(path);
        await opened.reopen();
        for (;;) {
          const answer = await opened.user.search({ query: "goldfinch", mode: "text" });
          if (answer.pendingSessions === 0) assert.equal(answer.total, 1, name);
          if (answer.pendingSessions === 0) break;
          await delay(20);
        }
      }
    }
  });
});

/** Some pages of the file and of its log, behind the first one. */
function zeroPages(path: string): void {
  for (const file of [path, `${path}-wal`]) {
    if (!existsSync(file)) continue;
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0, Math.min(4096, bytes.length), Math.min(4096 * 6, bytes.length)));
  }
}

const damages: readonly (readonly [string, (path: string) => void])[] = [
  ["pages are zeroed", zeroPages],
  ["cut off", (path) => truncateSync(path, 5000)],
  ["empty", (path) => truncateSync(path, 0)],
  ["no database", (path) => writeFileSync(path, "something else".repeat(1000))],
  ["gone", (path) => rmSync(path)],
];
