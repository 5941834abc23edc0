import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openVault } from "@chatty/store";

/** Opens the vault, does something with `vault`, and is gone at once, without closing anything. */
function dieAfter(home: string, work: string): void {
  const script = `
    import { openVault } from "@chatty/store";
    const vault = await openVault({ home: ${JSON.stringify(home)}, environment: "production" });
    ${work}
    process.kill(process.pid, "SIGKILL");
    await new Promise(() => setTimeout(() => undefined, 10_000));`;
  const died = spawnSync(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  assert.equal(died.signal, "SIGKILL", died.stderr);
}

const deaths: Record<string, string[]> = {
  "before anything derived was written": [
    `await vault.user().append((await vault.user().createSession()).sessionId, [{ role: "user", content: "text" }]);`,
  ],
  "and the one that recovered it as well": [
    `await vault.user().append((await vault.user().createSession()).sessionId, [{ role: "user", content: "text" }]);`,
    "",
  ],
  "again and again while it recovers": ["", "", ""],
};

describe("derived files after a process was killed", () => {
  for (const [what, works] of Object.entries(deaths)) {
    test(`are there when the next one has settled: killed ${what}`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), "chatty-derived-"));
      t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
      const home = join(folder, "home");
      for (const work of works) dieAfter(home, work);
      const vault = await openVault({ home, environment: "production" });
      try {
        assert.deepEqual((await vault.verify()).problems, []);
      } finally {
        await vault.close();
      }
    });
  }
});
