// How long an import takes until everything in it can be found, with the threads that the program uses.
// node test/bench/search-import-bench.ts [MEGABYTES]
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { exportReader } from "@chatty/importers";
import { indexText } from "@chatty/model";
import { openVault } from "@chatty/store";
import { writeBenchExport } from "./import-bench-export.ts";

const megabytes = Number(process.argv[2] ?? 1_000);
const importThread = new URL("import-thread.ts", import.meta.url).href;
const searchThread = new URL("../search/search-thread.ts", import.meta.url).href;

function print(label: string, value: string): void {
  process.stdout.write(`${label.padEnd(52)}${value}\n`);
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** The same words into a bare word index, in one transaction: what no index of FTS5 can be faster than. */
function bareSeconds(folder: string, indexPath: string): number {
  const from = new DatabaseSync(indexPath, { readOnly: true });
  const to = new DatabaseSync(join(folder, "bare.db"));
  to.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; " +
      "CREATE VIRTUAL TABLE bare USING fts5(text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'); " +
      "INSERT INTO bare (bare, rank) VALUES ('hashsize', 67108864); INSERT INTO bare (bare, rank) VALUES ('automerge', 0); BEGIN",
  );
  const insert = to.prepare("INSERT INTO bare (rowid, text) VALUES (?, ?)");
  const texts = from
    .prepare("SELECT doc, text || thinking || tool || file AS text FROM bodies ORDER BY doc")
    .iterate();
  let seconds = 0;
  for (const { doc, text } of texts) {
    const began = performance.now();
    insert.run(Number(doc), indexText(String(text)));
    seconds += (performance.now() - began) / 1000;
  }
  const began = performance.now();
  to.exec("COMMIT");
  seconds += (performance.now() - began) / 1000;
  from.close();
  to.close();
  return seconds;
}

const folder = mkdtempSync(join(tmpdir(), "chatty-search-import-"));
try {
  mkdirSync(join(folder, "export"));
  const path = join(folder, "export", "export.zip");
  const made = await writeBenchExport(path, megabytes, Math.max(1, Math.round(megabytes / 250)));
  const mb = made.jsonBytes / 1e6;
  print("export", `${mb.toFixed(0)} MB of JSON, ${made.conversations} conversations, ${made.nodes} messages`);
  const vault = await openVault({
    home: join(folder, "home"),
    environment: "production",
    exports: { ...exportReader, thread: importThread },
    searchThread,
  });
  const user = vault.user();
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  let isOver = false;
  const requests: number[] = [];
  const asking = (async () => {
    while (!isOver) {
      const began = performance.now();
      user.sessions({ limit: 50 });
      await new Promise((resolve) => setImmediate(resolve));
      requests.push(performance.now() - began);
      await delay(20);
    }
  })();
  const began = performance.now();
  await user.import({ kind: "path", path });
  const importSeconds = (performance.now() - began) / 1000;
  for (;;) {
    const { pendingSessions, messages } = await user.searchState();
    if (pendingSessions === 0 && messages > 0) break;
    await delay(50);
  }
  const seconds = (performance.now() - began) / 1000;
  isOver = true;
  await asking;
  loop.disable();
  const { messages, bytes } = await user.searchState();
  print("import alone", `${importSeconds.toFixed(1)} s, ${(mb / importSeconds).toFixed(1)} MB/s`);
  print(
    "until everything is found",
    `${seconds.toFixed(1)} s, ${(mb / seconds).toFixed(1)} MB/s (target 60)`,
  );
  print("in the index", `${messages} messages, ${(bytes / 1e6).toFixed(0)} MB`);
  print(
    "event loop of the owner meanwhile, p99",
    `${(loop.percentile(99) / 1e6).toFixed(1)} ms (target 20, from 5 on)`,
  );
  print(
    "another request meanwhile, p99",
    `${quantile(requests, 0.99).toFixed(1)} ms of ${requests.length} (target 50)`,
  );
  const indexPath = join(vault.root, "catalog", `${user.userId}.search.db`);
  await vault.close();
  const bare = bareSeconds(folder, indexPath);
  print(
    "the same words into a bare word index",
    `${bare.toFixed(1)} s, ${(mb / bare).toFixed(1)} MB of JSON a second`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
