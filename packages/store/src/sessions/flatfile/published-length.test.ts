import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { FilePort, OpenFile } from "../../files/port.ts";
import { nodeFiles } from "../../files/node-files.ts";
import { openVault } from "../../vault/open-vault.ts";
import { layout } from "../../files/layout.ts";
import type { Vault } from "../../user-vault.ts";

const environment = "test";

function makeHome(t: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), "chatty-published-"));
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
  return home;
}

interface Recording {
  files: FilePort;
  /** Journals and event files that got bytes before a synced log file carried them. */
  early: string[];
  /** Bytes that journals and event files got, and how often log files were synced. */
  seen: { appended: number; syncs: number };
}

/** A file system that knows which bytes of the log are synced, and looks at every byte that the log feeds. */
function recordOrder(plant: { forgetsSyncs?: boolean } = {}): Recording {
  const inner = nodeFiles();
  const logs = new Map<string, { bytes: Buffer; synced: number }>();
  const early: string[] = [];
  const seen = { appended: 0, syncs: 0 };
  const isLog = (path: string): boolean => basename(dirname(path)) === "log";
  const isFed = (path: string): boolean => /(?:\/messages|\/events\/[a-z_]+)\.jsonl$/.test(path);

  const carriedBySyncedLog = (line: string): boolean =>
    [...logs.values()].some(({ bytes, synced }) => bytes.subarray(0, synced).includes(line));

  const write = (path: string, bytes: Uint8Array, position: number): void => {
    if (isLog(path)) {
      const log = logs.get(path) ?? { bytes: Buffer.alloc(0), synced: 0 };
      log.bytes = Buffer.concat([log.bytes.subarray(0, position), bytes]);
      log.synced = Math.min(log.synced, position);
      logs.set(path, log);
    } else if (isFed(path)) {
      const text = Buffer.from(bytes).toString("utf8");
      assert.ok(text.endsWith("\n"), "whole lines are handed over");
      seen.appended += bytes.length;
      for (const line of text.slice(0, -1).split("\n")) if (!carriedBySyncedLog(line)) early.push(path);
    }
  };
  const synced = (path: string): void => {
    const log = logs.get(path);
    if (log === undefined) return;
    seen.syncs += 1;
    if (plant.forgetsSyncs !== true) log.synced = log.bytes.length;
  };
  const record = (file: OpenFile): OpenFile => ({
    ...file,
    writeAt: (bytes, position) => {
      const taken = file.writeAt(bytes, position);
      write(file.path, bytes.subarray(0, taken), position);
      return taken;
    },
    sync: async () => {
      const log = logs.get(file.path);
      const length = log?.bytes.length ?? 0;
      await file.sync();
      // What was written while the sync ran is not known to be on the disk.
      if (log !== undefined && log.bytes.length === length) synced(file.path);
    },
    syncNow: () => {
      file.syncNow();
      synced(file.path);
    },
  });
  return { files: { ...inner, open: (path, mode) => record(inner.open(path, mode)) }, early, seen };
}

async function useVault(vault: Vault): Promise<void> {
  const user = vault.user();
  const { sessionId } = await user.createSession({ title: "T" });
  for (let round = 0; round < 30; round += 1) {
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        user.append(sessionId, [{ role: "user", content: `message ${round} ${index} \u{1F469}` }]),
      ),
    );
    if (round % 10 === 0) await pause(60);
  }
  await user.selectRuntime("lin");
  await user.renameSession(sessionId, "U");
  await vault.verify();
}

describe("journals and event files", () => {
  test("get no byte before the log bytes that carry it are synced", async (t) => {
    const home = makeHome(t);
    const { files, early, seen } = recordOrder();
    const vault = await openVault({ home, environment }, { files });
    await useVault(vault);
    await vault.close();
    assert.deepEqual(early, []);
    assert.ok(seen.appended > 50_000 && seen.syncs > 30, JSON.stringify(seen));
  });

  test("would be seen to be early when syncs did not count", async (t) => {
    const home = makeHome(t);
    const { files, early } = recordOrder({ forgetsSyncs: true });
    const vault = await openVault({ home, environment }, { files });
    await useVault(vault);
    await vault.close();
    assert.ok(early.some((path) => path.endsWith("/messages.jsonl")));
  });

  test(
    "show another process nothing that is not durable in the log by then",
    { timeout: 60_000 },
    async (t) => {
      const home = makeHome(t);
      const vault = await openVault({ home, environment });
      const user = vault.user();
      const { sessionId, constructId } = await user.createSession({ title: "T" });
      await vault.settle();
      const place = { userId: user.userId, shard: "shard_0000" } as Parameters<typeof layout.journal>[0];
      const journal = join(vault.root, layout.journal(place, constructId, sessionId));
      const watcher = startWatcher(journal, join(vault.root, "log"));
      const texts = Array.from(
        { length: 2_000 },
        (_, index) => `message ${index} ${"x".repeat(index % 300)}`,
      );
      for (let from = 0; from < texts.length; from += 40) {
        const some = texts.slice(from, from + 40);
        await Promise.all(some.map((content) => user.append(sessionId, [{ role: "user", content }])));
      }
      await vault.verify();
      const told = await watcher.stop();
      assert.deepEqual(told.faults, []);
      assert.ok(told.looks > 5 && told.lines > 0 && told.growths > 2, JSON.stringify(told));
      const lines = readFileSync(journal, "utf8").trimEnd().split("\n");
      assert.equal(lines.length, texts.length + 1);
      await vault.close();
      assert.ok(readdirSync(join(home, environment, "log")).length > 0);
    },
  );
});

interface Told {
  faults: string[];
  looks: number;
  /** Lines that the log still carried when they were seen. */
  lines: number;
  growths: number;
}

/** Another process that looks at a journal, and then for each new line into the log, which must have it already. */
function startWatcher(journal: string, log: string): { stop: () => Promise<Told> } {
  const script = `
    import { readdirSync, readFileSync, existsSync } from "node:fs";
    const [journal, log] = ${JSON.stringify([journal, log])};
    const told = { faults: [], looks: 0, lines: 0, growths: 0 };
    let known = 0;
    let isOver = false;
    process.stdin.on("data", () => { isOver = true; });
    const readLogs = () => readdirSync(log).map((name) => readFileSync(log + "/" + name, "utf8")).join("");
    const look = () => {
      const text = existsSync(journal) ? readFileSync(journal, "utf8") : "";
      told.looks += 1;
      // The system lets a reader see a big write in the middle: then the last line lacks its end, and is durable all the same.
      const unfinished = text.slice(text.lastIndexOf("\\n") + 1);
      if (unfinished !== "" && !readLogs().includes(unfinished)) told.faults.push("half a line at " + text.length + " is not in the log");
      const lines = text.split("\\n").slice(0, -1);
      if (lines.length > known) {
        told.growths += 1;
        const logs = readLogs();
        for (const [index, line] of lines.slice(known).entries()) {
          const seq = known + index;
          if (JSON.parse(line).seq !== undefined && JSON.parse(line).seq !== seq) told.faults.push("line " + seq + " is another one");
          if (logs.includes(line)) told.lines += 1;
          else if (known > 0) told.faults.push("line " + seq + " is not in the log");
        }
        known = lines.length;
      }
      if (isOver) process.stdout.write(JSON.stringify(told), () => process.exit(0));
      else setTimeout(look, 1);
    };
    look();`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  return {
    stop: async () => {
      child.stdin.end("over");
      await closed;
      return JSON.parse(output) as Told;
    },
  };
}
