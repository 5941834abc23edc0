import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { exportReader } from "@chatty/importers";
import { openVault } from "@chatty/store";
import { dumpIndex } from "@chatty/store/testing/search";
import { createRandom } from "../fidelity/seeded-random.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const kills = isFull ? 500 : 3;
const conversations = 60;
/** Longest time until a kill, from when the process begins to index. Milliseconds. */
const longestMs = 800;
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const searchThread = new URL("../search/search-thread.ts", import.meta.url).href;

async function killed(home: string, threaded: boolean, round: number, afterMs: number): Promise<void> {
  const writer = join(import.meta.dirname, "search-kill-writer.ts");
  const child = spawn(process.execPath, [writer, home, String(round * 1_000), threaded ? searchThread : ""], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let told = "";
  child.stderr.on("data", (bytes: Buffer) => (told += bytes.toString()));
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.on("close", (_, signal) => resolve(signal)),
  );
  await Promise.race([new Promise((resolve) => child.stdout.once("data", resolve)), ended]);
  await delay(afterMs);
  child.kill("SIGKILL");
  assert.equal(await ended, "SIGKILL", `the process ended by itself: ${told}`);
}

function writeExport(path: string): void {
  const list = Array.from({ length: conversations }, (_, number) => {
    const id = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
    const message = (
      key: string,
      parent: string,
      role: string,
      text: string,
      children: string[],
    ): object => ({
      id: key,
      parent,
      children,
      message: {
        id: key,
        author: { role, name: null, metadata: {} },
        create_time: 1_700_000_000 + number,
        content: { content_type: "text", parts: [text] },
        status: "finished_successfully",
        metadata: {},
        recipient: "all",
      },
    });
    return {
      title: `Conversation ${number}`,
      create_time: 1_700_000_000,
      update_time: 1_700_000_100 + number,
      mapping: {
        root: { id: "root", message: null, parent: null, children: ["a"] },
        a: message("a", "root", "user", `osprey ${number} `.repeat(20), ["b"]),
        b: message("b", "a", "assistant", `harrier ${number} `.repeat(40), []),
      },
      current_node: "b",
      conversation_id: id,
      id,
    };
  });
  writeFileSync(path, JSON.stringify(list));
}

describe("an index whose process is killed", () => {
  test("catches up to what one that is made anew says", async (t) => {
    t.diagnostic(`seed ${seed} (CHATTY_TEST_SEED repeats it)`);
    const began = performance.now();
    const random = createRandom(seed);
    const folder = mkdtempSync(join(tmpdir(), "chatty-search-kill-"));
    t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
    const base = join(folder, "base");
    const path = join(folder, "conversations.json");
    writeExport(path);
    const first = await openVault({ home: base, environment: "test", exports: exportReader });
    await first.user().import({ kind: "path", path });
    await first.close();
    let behind = 0;
    let lines = 0;
    for (let round = 0; round < kills; round += 1) {
      const home = join(folder, `home-${round}`);
      // Node would not keep that it is private.
      assert.equal(spawnSync("cp", ["-a", base, home]).status, 0);
      // Some are killed more than once before anybody looks.
      for (let times = 1 + random.below(3); times > 0; times -= 1) {
        await killed(home, random.below(2) === 0, round * 10 + times, random.below(longestMs));
      }
      const vault = await openVault({ home, environment: "test", exports: exportReader });
      try {
        const user = vault.user();
        if ((await user.searchState()).pendingSessions > 0) behind += 1;
        await vault.settle();
        assert.equal((await user.searchState()).pendingSessions, 0);
        const index = join(vault.root, "catalog", `${user.userId}.search.db`);
        const followed = dumpIndex(index);
        const { differences } = await vault.rebuild("catalog");
        assert.deepEqual(followed, dumpIndex(index), `seed ${seed}, round ${round}`);
        assert.deepEqual(differences, [], `seed ${seed}, round ${round}`);
        lines += followed.length;
      } finally {
        await vault.close();
      }
      rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    t.diagnostic(
      `${kills} homes, ${behind} behind a moment after, ${lines} lines compared, 0 differences, ${seconds} s`,
    );
  });
});
