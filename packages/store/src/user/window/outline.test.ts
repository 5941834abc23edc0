import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openVault } from "../../vault/open-vault.ts";

test("an outline has all of the person's messages, and of very many every n-th", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "chatty-outline-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const vault = await openVault({ home, environment: "test" });
  try {
    const user = vault.user();
    const { sessionId } = await user.createSession({ title: "Long" });
    const append = async (from: number, to: number): Promise<void> => {
      const drafts = Array.from({ length: to - from }, (_, index) => {
        const role = (from + index) % 2 === 0 ? ("user" as const) : ("assistant" as const);
        return { role, content: `Message ${from + index}` };
      });
      await user.append(sessionId, drafts);
    };
    await append(0, 10);
    const short = await user.outline(sessionId);
    assert.deepEqual(
      [short.every, short.total, short.entries.map(({ index, text }) => [index, text])],
      [1, 10, [0, 2, 4, 6, 8].map((index) => [index, `Message ${index}`])],
    );
    await append(10, 5000);
    const long = await user.outline(sessionId);
    assert.deepEqual([long.every, long.total, long.entries.length], [3, 5000, 834]);
    for (const [at, { index, text }] of long.entries.entries()) {
      assert.deepEqual([index, text], [at * 6, `Message ${at * 6}`]);
    }
  } finally {
    await vault.close();
  }
});
