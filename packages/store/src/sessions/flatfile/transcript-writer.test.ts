import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { nodeFiles } from "../../files/node-files.ts";
import { systemError, watchFiles } from "../../testing/watched-files.ts";
import type { FileCall } from "../../testing/watched-files.ts";
import type { UserVault, Vault } from "../../user-vault.ts";
import { openVault } from "../../vault/open-vault.ts";

interface Opened {
  vault: Vault;
  user: UserVault;
  sessionId: string;
  /** Absolute path of the session's transcript. */
  path: string;
  /** Every call on the transcripts' folder and what is in it, without reading. */
  calls: FileCall[];
  fail: (at: FileCall["kind"] | undefined) => void;
}

const changing = ["open", "write", "sync", "truncate", "rename", "remove", "sync-directory"];

async function openWithTranscript(t: TestContext): Promise<Opened> {
  const home = mkdtempSync(join(tmpdir(), "chatty-transcript-"));
  const calls: FileCall[] = [];
  let failing: FileCall["kind"] | undefined;
  const files = watchFiles(nodeFiles(), {
    before: (call) => {
      if (!/\/chatty(?:\/|$)/.test(call.path.slice(home.length)) || !changing.includes(call.kind)) return;
      calls.push(call);
      if (call.kind === failing) throw systemError("EIO");
    },
  });
  const vault = await openVault({ home, environment: "test" }, { files });
  t.after(async () => {
    await vault.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  });
  const user = vault.user();
  const { sessionId } = await user.createSession({ title: "Weather" });
  await user.append(sessionId, [{ role: "user", content: "Will it rain?" }]);
  await vault.settle();
  const name = readdirSync(home, { recursive: true, encoding: "utf8" }).find((path) =>
    basename(path).startsWith("weather"),
  );
  assert.ok(name !== undefined);
  return {
    vault,
    user,
    sessionId,
    path: join(home, name),
    calls,
    fail: (kind) => (failing = kind),
  };
}

/** Changes the transcript behind the vault's back, lets the conversation go on, and says which files lie there then. */
async function goOnAfter(opened: Opened, bytes: Uint8Array): Promise<string[]> {
  const { vault, user, sessionId, path } = opened;
  writeFileSync(path, bytes);
  await user.append(sessionId, [{ role: "assistant", content: "Not today." }]);
  await vault.settle();
  assert.deepEqual((await vault.verify()).problems, []);
  assert.match(readFileSync(path, "utf8"), /Will it rain\?[^]*Not today\./);
  return readdirSync(dirname(path)).filter((name) => name.startsWith("weather"));
}

describe("a transcript that a power cut left", () => {
  const torn: Record<string, (whole: Buffer) => Buffer> = {
    empty: () => Buffer.alloc(0),
    "cut in its first line": (whole) => whole.subarray(0, 3),
    "cut in its last line": (whole) => whole.subarray(0, whole.length - 5),
    "with zeros at its end": (whole) => Buffer.from(whole).fill(0, whole.length - 40),
    "with a hole": (whole) => Buffer.from(whole).fill(0, 20, 60),
    "with nothing but zeros, and too many": (whole) => Buffer.alloc(whole.length + 512),
  };
  for (const [how, tear] of Object.entries(torn)) {
    test(`${how}, is written over`, async (t) => {
      const opened = await openWithTranscript(t);
      const left = await goOnAfter(opened, tear(readFileSync(opened.path)));
      assert.deepEqual(left, [basename(opened.path)]);
    });
  }
});

describe("a transcript that may be a person's", () => {
  const edited: Record<string, (whole: Buffer) => Buffer> = {
    "with words at its end": (whole) => Buffer.concat([whole, Buffer.from("Mine.\n")]),
    "with another letter": (whole) => Buffer.from(whole.toString("utf8").replace("rain", "rein")),
    "with zeros and a word behind them": (whole) =>
      Buffer.concat([whole.subarray(0, 30), Buffer.alloc(whole.length - 30), Buffer.from("x")]),
  };
  for (const [how, edit] of Object.entries(edited)) {
    test(`${how}, is set aside as it is`, async (t) => {
      const opened = await openWithTranscript(t);
      const bytes = edit(readFileSync(opened.path));
      const left = await goOnAfter(opened, bytes);
      const aside = basename(opened.path).replace(".md", " (edited).md");
      assert.deepEqual(left.sort(), [aside, basename(opened.path)].sort());
      assert.deepEqual(readFileSync(join(dirname(opened.path), aside)), bytes);
    });
  }

  test("has its new name on the disk before another file takes the old one", async (t) => {
    const opened = await openWithTranscript(t);
    opened.calls.length = 0;
    await goOnAfter(opened, Buffer.from("mine"));
    const moved = opened.calls.findIndex(({ kind }) => kind === "rename");
    assert.deepEqual(
      opened.calls.slice(moved, moved + 3).map(({ kind }) => kind),
      ["rename", "sync-directory", "open"],
    );
  });
});

describe("a transcript", () => {
  test("and its name are synced, and what grew is synced", async (t) => {
    const { calls, vault, user, sessionId, path } = await openWithTranscript(t);
    const ofIt = (): string[] =>
      calls
        .filter((call) => call.path === path || call.path === dirname(path))
        .map(({ kind }) => kind)
        .filter((kind) => kind.startsWith("sync") || kind === "write");
    assert.deepEqual(ofIt().slice(-3), ["write", "sync", "sync-directory"]);
    calls.length = 0;
    await user.append(sessionId, [{ role: "assistant", content: "No." }]);
    await vault.settle();
    assert.deepEqual(ofIt(), ["write", "sync"]);
  });

  test("is written into a new file when a sync of it failed", async (t) => {
    const { calls, fail, vault, user, sessionId, path } = await openWithTranscript(t);
    await user.append(sessionId, [{ role: "assistant", content: "No." }]);
    fail("sync");
    await assert.rejects(vault.settle(), { code: "STORAGE_FAULT" });
    fail(undefined);
    calls.length = 0;
    await vault.settle();
    const kinds = calls.filter((call) => call.path === path).map(({ kind }) => kind);
    assert.deepEqual(kinds, ["open", "remove", "open", "write", "truncate", "sync"]);
    assert.deepEqual((await vault.verify()).problems, []);
  });
});
