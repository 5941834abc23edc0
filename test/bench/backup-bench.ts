// A gigabyte of files: how long a backup of it takes, the next one that has nothing new, and restoring with verification.
import { randomFillSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupVault, openVault, restoreBackup } from "@chatty/store";
import type { UserVault } from "@chatty/store";

const megabytes = Number(process.argv[2] ?? 1024);
const bigFiles = 8;

/** Random bytes, which nothing can make smaller. */
async function* randomBytes(size: number): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.allocUnsafe(1024 * 1024);
  for (let at = 0; at < size; at += 1) {
    await Promise.resolve();
    yield randomFillSync(chunk);
  }
}

/** Appends one message after the other; how long each took is what a person waits while a backup runs. */
function appendUntil(user: UserVault, sessionId: string): { stop: () => Promise<number[]> } {
  const delays: number[] = [];
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      const started = performance.now();
      await user.append(sessionId, [{ role: "user", content: "said meanwhile" }]);
      delays.push(performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await running;
      return delays.sort((left, right) => left - right);
    },
  };
}

function percentile(sorted: readonly number[], percent: number): string {
  const index = Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1);
  return (sorted[Math.max(0, index)] ?? 0).toFixed(1);
}

async function timed<Value>(label: string, work: () => Promise<Value>): Promise<Value> {
  const started = performance.now();
  const before = process.resourceUsage().maxRSS;
  const value = await work();
  const seconds = (performance.now() - started) / 1000;
  const peak = process.resourceUsage().maxRSS / 1024;
  const grown = (process.resourceUsage().maxRSS - before) / 1024;
  console.log(
    `${label.padEnd(44)} ${seconds.toFixed(1).padStart(6)} s   peak ${peak.toFixed(0)} MB (${grown.toFixed(0)} more)`,
  );
  return value;
}

const folder = mkdtempSync(join(tmpdir(), "chatty-backup-bench-"));
try {
  const vault = await openVault({ home: join(folder, "home"), environment: "test" });
  const user = vault.user();
  const { sessionId } = await user.createSession({ title: "Backed up" });
  for (let index = 0; index < 200; index += 1) {
    const drafts = Array.from({ length: 50 }, () => ({ role: "user" as const, content: "word ".repeat(80) }));
    await user.append(sessionId, drafts);
  }
  for (let index = 0; index < bigFiles; index += 1) {
    const bytes = randomBytes(megabytes / bigFiles);
    await user.addKnowledgeFile("synth-001", { name: `big-${index}.bin`, bytes });
  }
  const backups = join(folder, "backups");
  const appending = appendUntil(user, sessionId);
  const first = await timed(`backup of ${megabytes} MB, the first one`, () =>
    backupVault(vault, backups, { test: false }),
  );
  const delays = await appending.stop();
  console.log(
    `  ${delays.length} appends meanwhile, median ${percentile(delays, 50)} ms, p99 ${percentile(delays, 99)} ms, longest ${percentile(delays, 100)} ms`,
  );
  await user.append(sessionId, [{ role: "user", content: "one more" }]);
  const second = await timed("backup, the next one", () => backupVault(vault, backups, { test: false }));
  console.log(`  ${first.files} files, ${first.bytes} bytes; the next one wrote ${second.newBytes} bytes`);
  await vault.close();
  const report = await timed("restore, every hash, open and verify", () =>
    restoreBackup({ from: backups, home: join(folder, "new") }),
  );
  console.log(`  verified: ${report.verified}; problems: ${report.problems.length}`);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
