/**
 * What the upload of a big export through the page costs the server and everybody else. From the checkout:
 *
 *     node_modules/.bin/node test/bench/upload-bench.ts [--megabytes 300]
 *
 * Prints figures and asserts nothing but that what arrived is what was sent. See README.md for the targets.
 */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { writeBigZip } from "../browser/big-zip.ts";
import { folderSize } from "../browser/folder-size.ts";
import { quantile } from "../browser/frame-trace.ts";
import { openBrowser } from "../browser/open-browser.ts";
import { processMemory } from "../browser/process-memory.ts";
import { cancelImport, chooseFile, importProgress } from "../browser/screen.ts";
import { createServerClient } from "../browser/server-client.ts";
import type { ServerClient } from "../browser/server-client.ts";
import { limitUpload } from "../browser/slow-upload.ts";
import { startChatty } from "../browser/start-chatty.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { createTemporaryFolder } from "../browser/temporary-folder.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { megabytes: { type: "string", default: "300" } } });
  const folder = createTemporaryFolder("upload-bench");
  const zip = join(folder.path, "big.zip");
  const hash = await writeBigZip(zip, Number(values.megabytes) * 1_000_000);
  const chatty = await startChatty({ home: join(folder.path, "home") });
  const browser = await openBrowser();
  try {
    const client = await createServerClient(chatty.origin, chatty.link);
    const page = await browser.tab();
    await page.goto(await chatty.newLink());
    await page.waitForURL("**/app/chat/**");
    await page.waitForTimeout(1000);
    await cancelled(chatty, page, zip, Number(values.megabytes));
    await whole(chatty, client, page, zip, hash, Number(values.megabytes));
  } finally {
    await browser.close();
    await chatty.stop();
    folder.remove();
  }
}

async function cancelled(chatty: RunningChatty, page: Page, zip: string, megabytes: number): Promise<void> {
  const before = folderSize(chatty.home).bytes;
  await limitUpload(page, (megabytes * 1_000_000) / 8);
  await chooseFile(page, zip);
  while ((await importProgress(page)) < 0.4) await wait(50);
  const middle = folderSize(chatty.home).bytes;
  await cancelImport(page);
  await wait(2000);
  print(
    "cancelled at 40 %",
    `${mega(middle - before)} MB were there, ${mega(folderSize(chatty.home).bytes - before)} MB are left`,
  );
}

async function whole(
  chatty: RunningChatty,
  client: ServerClient,
  page: Page,
  zip: string,
  hash: string,
  megabytes: number,
): Promise<void> {
  const idle = processMemory(chatty.pid);
  const others = watchOthers(chatty, client);
  const memory = watchMemory(() => chatty.pid);
  await limitUpload(page, undefined);
  const startMs = performance.now();
  await chooseFile(page, zip);
  const seen = new Set<number>();
  while (!page.url().includes("chat_with_chatgpt-uploads")) {
    const progress = await importProgress(page).catch(() => 0);
    seen.add(Math.round(progress * 100));
    if (performance.now() - startMs > 300_000) throw new Error("The import did not end within five minutes.");
    await wait(20);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const times = await others.stop();
  const peak = memory.stop();
  print("upload and import, unlimited", `${seconds.toFixed(1)} s, ${(megabytes / seconds).toFixed(0)} MB/s`);
  print("progress seen by a person", `${seen.size} different values`);
  print(
    "server's memory",
    `${mega(peak - (idle?.resident ?? 0))} MB more than idle (${mega(idle?.resident ?? 0)} MB)`,
  );
  print(
    "other requests meanwhile",
    `${times.length}, median ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, longest ${(times.at(-1) ?? 0).toFixed(1)} ms`,
  );
  const { imports } = await client.get<{ imports: { archive: string }[] }>("/api/imports");
  if (imports[0]?.archive !== `sha256:${hash}`)
    throw new Error(`Another archive arrived: ${JSON.stringify(imports[0])}`);
  print("archive", "arrived byte for byte");
}

/** Asks for a sidebar page again and again. Times in milliseconds, sorted. */
function watchOthers(chatty: RunningChatty, client: ServerClient): { stop(): Promise<number[]> } {
  const times: number[] = [];
  let isStopped = false;
  const run = async (): Promise<void> => {
    while (!isStopped) {
      const startMs = performance.now();
      const response = await fetch(`${chatty.origin}/api/sessions?limit=50`, {
        headers: { cookie: client.cookie },
      });
      await response.arrayBuffer();
      times.push(performance.now() - startMs);
      await wait(10);
    }
  };
  const running = run();
  // Told by `stop`; without this a fault elsewhere would end the program before it cleans up.
  running.catch(() => undefined);
  return {
    async stop() {
      isStopped = true;
      await running;
      return times.sort((left, right) => left - right);
    },
  };
}

function watchMemory(pid: () => number): { stop(): number } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, processMemory(pid())?.resident ?? 0);
  }, 20);
  return {
    stop() {
      clearInterval(timer);
      return most;
    },
  };
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function print(name: string, value: string): void {
  console.log(`${name.padEnd(34)} ${value}`);
}

await main();
