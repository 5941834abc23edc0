import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import { nodeFiles } from "../files/node-files.ts";
import type { FilePort } from "../files/port.ts";
import { systemError, watchFiles } from "../testing/watched-files.ts";
import type { FileCall, FileWatch } from "../testing/watched-files.ts";
import { openLine } from "../log/chained-line.ts";
import { linesOf } from "../log/segment.ts";
import { openConfiguration } from "../workspace/database.ts";
import { openVault } from "./open-vault.ts";
import { VaultStorage } from "./vault-storage.ts";

const vaultId = "019a7e6f-0000-7000-8000-000000000001";
const journals = ["vvault/one/messages.jsonl", "vvault/two/messages.jsonl"] as const;
const setting = { put: "settings", row: { user_id: "u", key: "k", value: '"v"' } } as const;

interface Opened {
  root: string;
  storage: VaultStorage;
  calls: FileCall[];
  append: (path: string, text: string) => Promise<unknown>;
  /** Lets go of everything as a process does that dies: no checkpoint. */
  die: () => Promise<void>;
}

function makeRoot(context: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "chatty-storage-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

function open(root: string, how: "begin" | "recover", watch: FileWatch = {}): Opened {
  const calls: FileCall[] = [];
  const files = watchFiles(nodeFiles(), {
    ...watch,
    before: (call) => {
      calls.push(call);
      watch.before?.(call);
    },
  });
  const configuration = openConfiguration(join(root, "chatty.db"), { nowMs: 1 });
  try {
    const storage = VaultStorage[how]({ files, root, vaultId, configuration, now: () => 1000 });
    return {
      root,
      storage,
      calls,
      append: (path, text) => storage.log.commit((group) => group.append(path, { text })),
      die: async () => {
        await storage.log.close();
        storage.appended.close();
        configuration.close();
      },
    };
  } catch (error) {
    configuration.close();
    throw error;
  }
}

/** Texts of a file of sealed lines, after checking every seal and link. */
function textsOf(root: string, path: string): string[] {
  let prev = "";
  return [...linesOf(readFileSync(join(root, path)), 0)].map((line) => {
    const opened = openLine<{ text: string }>(line.bytes);
    assert.ok(opened.kind === "sealed", `${path} at ${line.start}`);
    assert.equal(opened.body.prev, prev);
    prev = opened.body.hash;
    return opened.body.text;
  });
}

function logFiles(root: string): string[] {
  return readdirSync(join(root, "log"));
}

describe("VaultStorage.checkpoint", () => {
  test("removes old log files only when everything they fed is synced, and then syncs the folder", async (t) => {
    const { root, storage, calls, append, die } = open(makeRoot(t), "begin");
    for (const path of journals) await append(path, "one");
    await storage.checkpoint();
    const at = (kind: FileCall["kind"], path: string): number =>
      calls.findIndex((call) => call.kind === kind && call.path === join(root, path));
    const last = (kind: FileCall["kind"], path: string): number =>
      calls.findLastIndex((call) => call.kind === kind && call.path === join(root, path));
    const removed = last("remove", "log/1.jsonl");
    assert.ok(removed > 0);
    for (const path of journals) {
      assert.ok(last("write", path) < at("sync", path), `${path}: written before it is synced`);
      assert.ok(at("sync", path) < removed, `${path}: synced before the log goes`);
      assert.ok(at("sync-directory", join(path, "..")) < removed, `folder of ${path}`);
    }
    assert.ok(at("sync-directory", "vvault") < removed && at("sync-directory", ".") < removed);
    assert.ok(at("sync", "log/2.jsonl") < removed, "the next log file is there first");
    assert.ok(last("sync-directory", "log") > removed);
    assert.deepEqual(logFiles(root), ["2.jsonl"]);
    assert.equal(storage.configuration.checkpointSeq(), 2);
    await die();
  });

  test("keeps every log file when a journal cannot be synced", async (t) => {
    let isBroken = false;
    const { root, storage, append, die } = open(makeRoot(t), "begin", {
      before: ({ kind, path }) => {
        if (isBroken && kind === "sync" && path.includes("vvault")) throw systemError("EIO");
      },
    });
    await append(journals[0], "one");
    isBroken = true;
    await assert.rejects(storage.checkpoint(), (error) => isChattyError(error, "STORAGE_IN_DOUBT"));
    assert.ok(logFiles(root).includes("1.jsonl"));
    assert.equal(storage.configuration.checkpointSeq(), -1);
    await append(journals[0], "two");
    await die();
    const again = open(root, "recover");
    assert.deepEqual(textsOf(root, journals[0]), ["one", "two"]);
    await again.storage.close();
    again.storage.configuration.close();
  });

  test("does not let go of the log on the word of a second sync after the first one failed", async (t) => {
    let isBroken = true;
    const { root, storage, append, calls, die } = open(makeRoot(t), "begin", {
      before: ({ kind, path }) => {
        if (isBroken && kind === "sync" && path.includes("vvault")) throw systemError("EIO");
      },
    });
    await append(journals[0], "one");
    await assert.rejects(storage.checkpoint());
    isBroken = false;
    const before = calls.length;
    await storage.checkpoint().catch(() => undefined);
    const isWrittenAgain = calls
      .slice(before)
      .some(({ kind, path }) => kind === "write" && path === join(root, journals[0]));
    assert.ok(
      isWrittenAgain || logFiles(root).includes("1.jsonl"),
      "the log let go of lines that a failed sync may have lost: a repeated sync proves nothing",
    );
    await die();
  });

  test("tells in Chatty's words that the disk is full, and goes on when it is not", async (t) => {
    let isFull = false;
    const { root, storage, append, die } = open(makeRoot(t), "begin", {
      before: ({ kind, path }) => {
        if (isFull && kind === "write" && path.includes("vvault")) throw systemError("ENOSPC");
      },
    });
    isFull = true;
    await append(journals[0], "one");
    await assert.rejects(storage.checkpoint(), (error) => isChattyError(error, "DISK_FULL"));
    assert.ok(logFiles(root).includes("1.jsonl"));
    isFull = false;
    await storage.checkpoint();
    assert.deepEqual(textsOf(root, journals[0]), ["one"]);
    assert.equal(logFiles(root).length, 1);
    await die();
  });

  test("goes on while others append, and covers what was there when it began", async (t) => {
    const { root, storage, append, die } = open(makeRoot(t), "begin");
    let isBusy = true;
    const said: string[] = [];
    const writer = (async () => {
      for (let n = 0; isBusy; n += 1) {
        await append(journals[n % 2] ?? journals[0], `${n}`);
        said.push(`${n}`);
      }
    })();
    try {
      for (let round = 0; round < 5; round += 1) {
        const before = storage.log.seq;
        await storage.checkpoint();
        assert.ok(storage.configuration.checkpointSeq() >= before);
      }
    } finally {
      isBusy = false;
      await writer;
    }
    await die();
    const again = open(root, "recover");
    const texts = journals
      .flatMap((path) => textsOf(root, path))
      .sort((one, other) => Number(one) - Number(other));
    assert.deepEqual(texts, said);
    await again.die();
  });

  test("runs one after the other", async (t) => {
    const { root, storage, append, die } = open(makeRoot(t), "begin");
    await append(journals[0], "one");
    await Promise.all([storage.checkpoint(), storage.checkpoint(), storage.checkpoint()]);
    assert.equal(logFiles(root).length, 1);
    await die();
  });
});

describe("VaultStorage.recover", () => {
  test("gives back what a process left that died without a checkpoint", async (t) => {
    const first = open(makeRoot(t), "begin");
    await first.append(journals[0], "one");
    await first.storage.log.commit((group) => {
      group.append(journals[1], { text: "two" });
      group.change(setting);
    });
    await first.append(journals[0], "three");
    await first.die();
    for (const path of journals) rmSync(join(first.root, path), { force: true });
    const second = open(first.root, "recover");
    assert.deepEqual(
      [textsOf(first.root, journals[0]), textsOf(first.root, journals[1])],
      [["one", "three"], ["two"]],
    );
    const { configuration } = second.storage;
    assert.equal(configuration.get("SELECT value FROM settings WHERE key = 'k'")?.["value"], '"v"');
    assert.deepEqual(
      [configuration.appliedSeq(), configuration.checkpointSeq(), second.storage.log.seq],
      [3, 3, 3],
    );
    assert.deepEqual(second.storage.notes, []);
    await second.append(journals[0], "four");
    assert.equal(second.storage.log.seq, 4);
    await second.storage.close();
    assert.deepEqual(textsOf(first.root, journals[0]), ["one", "three", "four"]);
    configuration.close();
  });

  test("removes old log files only behind the syncs of what it replayed and of a new log file", async (t) => {
    const first = open(makeRoot(t), "begin");
    for (const path of journals) await first.append(path, "one");
    await first.die();
    const { root, calls, die } = open(first.root, "recover");
    const at = (kind: FileCall["kind"], path: string): number =>
      calls.findIndex((call) => call.kind === kind && call.path === join(root, path));
    const removed = at("remove", "log/1.jsonl");
    assert.ok(removed > 0);
    for (const path of journals) assert.ok(at("sync", path) > 0 && at("sync", path) < removed, path);
    assert.ok(at("sync", "log/2.jsonl") < removed && at("sync-directory", "log") < removed);
    await die();
  });

  test("comes to the same state from every call at which an earlier recovery failed", async (t) => {
    const first = open(makeRoot(t), "begin");
    await first.append(journals[0], "one");
    await first.storage.log.commit((group) => {
      group.append(journals[1], { text: "two" });
      group.change(setting);
    });
    await first.append(journals[0], "three");
    await first.die();
    for (const path of journals) rmSync(join(first.root, path), { force: true });
    for (let failing = 1, hasFailed = true; hasFailed; failing += 1) {
      const root = makeRoot(t);
      cpSync(first.root, root, { recursive: true });
      let count = 0;
      const dying: FileWatch = {
        skipSyncs: true,
        before: ({ kind }) => {
          if (!["read", "status", "list", "close"].includes(kind) && (count += 1) >= failing)
            throw systemError("EIO");
        },
      };
      hasFailed = false;
      try {
        await open(root, "recover", dying).die();
      } catch (error) {
        assert.ok(error instanceof Error);
        hasFailed = true;
      }
      const second = open(root, "recover", { skipSyncs: true });
      assert.deepEqual(
        [textsOf(root, journals[0]), textsOf(root, journals[1])],
        [["one", "three"], ["two"]],
        `failed from call ${failing} on`,
      );
      assert.equal(second.storage.configuration.get("SELECT value FROM settings")?.["value"], '"v"');
      await second.die();
    }
  });

  test("opens although an older log file, covered by a checkpoint, came back after a power cut", async (t) => {
    const { root, storage, append, die } = open(makeRoot(t), "begin");
    await append(journals[0], "one");
    // Two log files are let go of at once, and a power cut may take back any of several removals.
    await storage.log.rotate();
    await append(journals[0], "two");
    const removed = readFileSync(join(root, "log", "1.jsonl"));
    await storage.checkpoint();
    await append(journals[0], "three");
    await die();
    assert.deepEqual(logFiles(root), ["3.jsonl"]);
    writeFileSync(join(root, "log", "1.jsonl"), removed);
    const again = open(root, "recover");
    assert.deepEqual(textsOf(root, journals[0]), ["one", "two", "three"]);
    await again.die();
  });

  test("opens although a next log file that could not be made could not be removed either", async (t) => {
    let isBroken = false;
    const { root, storage, append, die } = open(makeRoot(t), "begin", {
      before: ({ kind, path }) => {
        if (isBroken && (kind === "sync-directory" || (kind === "remove" && path.endsWith("2.jsonl")))) {
          throw systemError("EIO");
        }
      },
    });
    await append(journals[0], "one");
    isBroken = true;
    await assert.rejects(storage.checkpoint());
    await append(journals[0], "two");
    await die();
    const again = open(root, "recover");
    assert.deepEqual(textsOf(root, journals[0]), ["one", "two"]);
    await again.die();
  });
});

describe("openVault", () => {
  test("syncs the log folder behind the first log file, and the name of every folder it made", async (t) => {
    const base = makeRoot(t);
    const home = join(base, "deep", "home");
    const calls: FileCall[] = [];
    const made = new Set<string>();
    const inner = nodeFiles();
    const files: FilePort = watchFiles(
      {
        ...inner,
        makeDirectory: (path) => {
          const folders = inner.makeDirectory(path);
          for (const folder of folders) made.add(folder);
          return folders;
        },
      },
      { before: (call) => calls.push(call) },
    );
    const vault = await openVault({ home, environment: "test" }, { files });
    const log = join(home, "test", "log");
    const opened = calls.findIndex(({ kind, path }) => kind === "open" && path === join(log, "1.jsonl"));
    const synced = calls.findIndex(
      ({ kind, path }, index) => index > opened && kind === "sync-directory" && path === log,
    );
    const described = calls.findIndex(
      ({ kind, to }) => kind === "rename" && to === join(home, "test", "vault.json"),
    );
    assert.ok(opened >= 0 && opened < synced && synced < described);
    const folders = new Set(calls.filter(({ kind }) => kind === "sync-directory").map(({ path }) => path));
    // What holds truth; folders of derived files may be lost with them.
    for (const folder of [home, join(base, "deep"), join(home, "test"), log]) {
      assert.ok(made.has(folder), folder);
      assert.ok(folders.has(join(folder, "..")), `the name of ${folder.slice(base.length)} is not synced`);
    }
    await vault.close();
  });

  test("syncs the name of the vault's folder also when a process died right after making it", async (t) => {
    const home = join(makeRoot(t), "home");
    mkdirSync(join(home, "test"), { recursive: true, mode: 0o700 });
    const synced = new Set<string>();
    const files = watchFiles(nodeFiles(), {
      before: ({ kind, path }) => {
        if (kind === "sync-directory") synced.add(path);
      },
    });
    const vault = await openVault({ home, environment: "test" }, { files });
    await vault.close();
    assert.ok(synced.has(home), "a power cut may take the whole vault: nobody ever synced its name");
  });

  test("opens, and shows every other session, although one journal is damaged", async (t) => {
    const damages: Record<string, (path: string) => void> = {
      "a byte in the middle changed": (path) => {
        const bytes = readFileSync(path);
        bytes[bytes.indexOf("message 1")] = 0x58;
        writeFileSync(path, bytes);
      },
      "synced bytes gone": (path) => truncateSync(path, 500),
      "the whole file gone": (path) => rmSync(path),
    };
    for (const [what, damage] of Object.entries(damages)) {
      const home = makeRoot(t);
      const options = { home: join(home, "home"), environment: "test" };
      const vault = await openVault(options);
      const damaged = await vault.user().createSession({ title: "Damaged" });
      const sound = await vault.user().createSession({ title: "Sound" });
      for (let n = 0; n < 3; n += 1) {
        await vault.user().append(damaged.sessionId, [{ role: "user", content: `message ${n}` }]);
      }
      await vault.close();
      const found = readdirSync(vault.root, { recursive: true, encoding: "utf8" });
      const journal = found.find((path) => path.endsWith(join(damaged.sessionId, "messages.jsonl")));
      assert.ok(journal !== undefined);
      damage(join(vault.root, journal));
      // Derived, so that it may be gone at any time; making it again must not need every journal to be sound.
      rmSync(join(vault.root, "catalog"), { recursive: true });
      const again = await openVault(options).catch((error: unknown) => {
        throw new Error(`${what}: the vault no longer opens, and so nobody can verify or repair it`, {
          cause: error,
        });
      });
      assert.equal(again.user().session(sound.sessionId).title, "Sound", what);
      assert.equal((await again.verify()).ok, false, what);
      await again.close();
    }
  });
});

describe("verify", () => {
  test("finds nothing wrong with a vault that was made a moment ago", async (t) => {
    const vault = await openVault({ home: join(makeRoot(t), "home"), environment: "test" });
    assert.deepEqual((await vault.verify()).problems, []);
    await vault.close();
  });

  test("finds nothing wrong with a sound vault while messages arrive", async (t) => {
    const vault = await openVault({ home: join(makeRoot(t), "home"), environment: "test" });
    const user = vault.user();
    for (let n = 0; n < 20; n += 1) await user.createSession({ title: `Session ${n}` });
    const { sessionId } = await user.createSession({ title: "Busy" });
    let isBusy = true;
    const writer = (async () => {
      while (isBusy) await user.append(sessionId, [{ role: "user", content: "text" }]);
    })();
    const problems: string[] = [];
    try {
      for (let round = 0; round < 5; round += 1) {
        problems.push(...(await vault.verify()).problems.map(({ code }) => code));
      }
    } finally {
      isBusy = false;
      await writer;
      await vault.close();
    }
    assert.deepEqual(problems, []);
  });
});
