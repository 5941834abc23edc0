// What a stranger does: clone, npm test, npm start, with nothing installed and any Node in the path.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { checkout, runAsStranger, startAsStranger } from "./stranger.ts";
import type { Ended } from "./stranger.ts";

const folder = mkdtempSync(join(tmpdir(), "chatty-fresh-clone-"));
const clone = join(folder, "clone");
const dataFolder = join(folder, "data");
const skip = existsSync(join(checkout, ".git")) ? false : "this checkout is not under version control";

function run(command: string, words: readonly string[], timeoutMs: number): Ended {
  return runAsStranger(command, words, {
    cwd: existsSync(clone) ? clone : checkout,
    timeoutMs,
    // The data home follows this, so that the home of whoever runs the tests stays untouched.
    variables: { XDG_DATA_HOME: dataFolder },
  });
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

before(() => {
  if (skip !== false) return;
  const cloned = run("git", ["clone", "--quiet", "--no-hardlinks", checkout, clone], 60_000);
  assert.equal(cloned.status, 0, cloned.shown);
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("npm test installs what it needs and runs", { skip }, () => {
  const first = run("npm", ["test", "--silent", "--", "planted-leaks"], 200_000);
  assert.equal(first.status, 0, first.shown);
  assert.match(lastLine(first.stdout), /^\d+ passed, 0 failed$/);
  assert.ok(existsSync(join(clone, "node_modules", "node")), "Node 24 was not installed");
});

test("a second run installs nothing and starts at once", { skip }, () => {
  const second = run("npm", ["test", "--silent", "--", "planted-leaks"], 60_000);
  assert.equal(second.status, 0, second.shown);
  assert.ok(!second.shown.includes("Installing"), second.shown);
  assert.ok(second.durationMs < 10_000, second.shown);
});

test("a filter that selects nothing fails, and .ci/run passes that on", { skip }, () => {
  const done =
    process.platform === "win32"
      ? run("npm", ["test", "--silent", "--", "no-such-test"], 60_000)
      : run(join(clone, ".ci", "run"), ["no-such-test"], 60_000);
  assert.notEqual(done.status, 0, done.shown);
  assert.equal(lastLine(done.stdout), "0 passed, 1 failed");
});

test("npm start builds the page and serves it; a second start is quick", { skip }, async () => {
  for (const quickMs of [200_000, 15_000]) {
    const started = startAsStranger("npm", ["start", "--silent", "--", "--port", "0"], {
      cwd: clone,
      timeoutMs: quickMs,
      variables: { XDG_DATA_HOME: dataFolder, CHATTY_HOME: join(dataFolder, "chatty") },
    });
    try {
      const link = await started.printed(/(http:\/\/127\.0\.0\.1:\d+\/\?token=\S+)/);
      const signedIn = await fetch(link, { redirect: "manual" });
      const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
      const page = await fetch(new URL("/", link), { headers: { cookie } });
      assert.match(await page.text(), /<script [^>]*src="\/assets\//);
      const runtimes = await fetch(new URL("/api/runtimes", link), { headers: { cookie } });
      assert.equal(runtimes.status, 200);
    } finally {
      await started.end();
    }
  }
});

test("nothing that was run left a trace in the checkout", { skip }, () => {
  const status = run("git", ["status", "--porcelain"], 60_000);
  assert.equal(status.stdout, "", status.shown);
});
