/**
 * What a big vault costs in the page: 50,000 imported conversations and one of 100,000 messages, made here, by the real
 * program and a real Chromium. From the checkout:
 *
 *     node_modules/.bin/node test/bench/page-bench.ts [--conversations 50000] [--messages 100000]
 *
 * Prints figures and asserts nothing. See README.md for the targets.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { measureMemory, quantile, traceFrames } from "../browser/frame-trace.ts";
import type { FrameReport } from "../browser/frame-trace.ts";
import { openBrowser } from "../browser/open-browser.ts";
import { processMemory } from "../browser/process-memory.ts";
import { messageScroller, shownMessages, sidebarScroller, switchRuntime } from "../browser/screen.ts";
import { createServerClient } from "../browser/server-client.ts";
import { startChatty } from "../browser/start-chatty.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { createTemporaryFolder } from "../browser/temporary-folder.ts";
import { makeBigVault } from "./big-vault.ts";
import type { BigVault } from "./big-vault.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      conversations: { type: "string", default: "50000" },
      messages: { type: "string", default: "100000" },
    },
  });
  const size = { conversations: Number(values.conversations), messages: Number(values.messages) };
  const folder = createTemporaryFolder("page-bench");
  const home = join(folder.path, "home");
  let chatty: RunningChatty | undefined;
  try {
    const vault = await makeBigVault(home, size, folder.path);
    print(
      "vault",
      `${size.conversations} imported in ${vault.importSeconds.toFixed(1)} s, ${size.messages} messages appended in ${vault.appendSeconds.toFixed(1)} s`,
    );
    const startMs = performance.now();
    chatty = await startChatty({ home });
    print("server ready", `${(performance.now() - startMs).toFixed(0)} ms`);
    // One that is due in the middle of a measurement would be measured along.
    const client = await createServerClient(chatty.origin, await chatty.newLink());
    await client.send("PUT", "/api/settings", { backupDaily: false });
    await measureServer(chatty, vault);
    await measurePage(chatty, vault);
    const memory = processMemory(chatty.pid);
    if (memory !== undefined)
      print("server's memory", `${mega(memory.resident)} MB resident, peak ${mega(memory.peak)} MB`);
  } finally {
    await chatty?.stop();
    folder.remove();
  }
}

async function measureServer(chatty: RunningChatty, vault: BigVault): Promise<void> {
  const { cookie } = await createServerClient(chatty.origin, chatty.link);
  const paths: [string, string][] = [
    ["sidebar, first page", `/api/sessions?runtime=${vault.runtimeId}&limit=50`],
    ["sidebar, months", `/api/sessions/months?runtime=${vault.runtimeId}`],
    ["sidebar, one month", `/api/sessions?runtime=${vault.runtimeId}&year=2021&month=5&limit=200`],
    ["titles, search as you type", `/api/sessions?runtime=${vault.runtimeId}&title=harbour%20lant&limit=50`],
    ["runtimes", "/api/runtimes"],
    ["long conversation, newest", `/api/sessions/${vault.longSessionId}/messages?limit=60`],
    ["long conversation, middle", `/api/sessions/${vault.longSessionId}/messages?at=50000&limit=60`],
    ["long conversation, outline", `/api/sessions/${vault.longSessionId}/outline`],
  ];
  for (const [name, path] of paths) {
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < 100; round += 1) {
      const startMs = performance.now();
      const response = await fetch(`${chatty.origin}${path}`, { headers: { cookie } });
      bytes = (await response.arrayBuffer()).byteLength;
      if (!response.ok) throw new Error(`${path} answered ${response.status}`);
      times.push(performance.now() - startMs);
    }
    const first = times[0] ?? 0;
    times.sort((left, right) => left - right);
    print(
      name,
      `median ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, first ${first.toFixed(1)} ms, ${(bytes / 1000).toFixed(0)} kB`,
    );
  }
}

async function measurePage(chatty: RunningChatty, vault: BigVault): Promise<void> {
  // As most people have it: what moves, moves.
  const browser = await openBrowser({ reducedMotion: false });
  try {
    const page = await browser.tab();
    await page.goto(await chatty.newLink());
    await page.waitForURL("**/app/chat/**");
    await page.waitForTimeout(1000);

    const opens: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      await page.goto(`${chatty.origin}/app`);
      await page.waitForTimeout(500);
      opens.push(await timeToShow(page, vault.longSessionId));
    }
    print("opening the long one, from the dashboard", `${opens.map((ms) => ms.toFixed(0)).join(" ")} ms`);
    const before = await measureMemory(page);
    print("page's memory there", `${mega(before.heapBytes)} MB of heap, ${before.nodes} nodes`);

    const messages = messageScroller(page);
    print(
      "scrolling the long one, up by the wheel",
      report(await traceFrames(page, async () => await wheel(page, messages, -900, 300))),
    );
    print(
      "scrolling the long one, jumping about",
      report(await traceFrames(page, async () => await jumpAbout(messages))),
    );
    const after = await measureMemory(page);
    print(
      "page's memory after it",
      `${mega(after.heapBytes)} MB of heap, ${after.nodes} nodes, ${(await shownMessages(page)).length} messages in the page`,
    );

    await page.goto(`${chatty.origin}/`);
    await switchRuntime(page, "ChatGPT");
    await page.waitForTimeout(1000);
    print("folders of years and months opened", String(await openFolders(page)));
    print(
      "scrolling the sidebar from end to end",
      report(await traceFrames(page, async () => await endToEnd(page))),
    );
    const listed = await measureMemory(page);
    print("page's memory then", `${mega(listed.heapBytes)} MB of heap, ${listed.nodes} nodes`);
  } finally {
    await browser.close();
  }
}

/** From the moment that the page is told to go there until the newest message is painted. Milliseconds. */
async function timeToShow(page: Page, sessionId: string): Promise<number> {
  return await page.evaluate(async (id) => {
    const startMs = performance.now();
    history.pushState({}, "", `/app/chat/${id}`);
    dispatchEvent(new PopStateEvent("popstate"));
    for (;;) {
      await new Promise((resolve) => {
        requestAnimationFrame(resolve);
      });
      if (document.querySelector("[data-message-id]") !== null) break;
      if (performance.now() - startMs > 20_000) throw new Error("No message was shown within 20 s.");
    }
    // One more frame: what is in the page now is on the screen then.
    await new Promise((resolve) => {
      requestAnimationFrame(resolve);
    });
    return performance.now() - startMs;
  }, sessionId);
}

type Scroller = ReturnType<typeof messageScroller>;

async function wheel(page: Page, scroller: Scroller, byPixels: number, times: number): Promise<void> {
  const box = await scroller.boundingBox();
  if (box === null) throw new Error("Nothing to scroll is in sight.");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let count = 0; count < times; count += 1) {
    await page.mouse.wheel(0, byPixels);
    await page.waitForTimeout(16);
  }
}

async function jumpAbout(scroller: Scroller): Promise<void> {
  for (const part of [0, 0.25, 0.5, 0.75, 1, 0.1, 0.9]) {
    await scroller.evaluate(
      (element, where) => element.scrollTo({ top: element.scrollHeight * where }),
      part,
    );
    await scroller.page().waitForTimeout(300);
  }
}

/** Opens every folder of the sidebar, so that every conversation has its row; then it stands at its top. */
async function openFolders(page: Page): Promise<number> {
  return await sidebarScroller(page).evaluate(async (element) => {
    const frame = async (): Promise<void> => {
      await new Promise((resolve) => {
        requestAnimationFrame(resolve);
      });
    };
    let opened = 0;
    const startMs = performance.now();
    while (performance.now() - startMs < 60_000) {
      const closed = element.querySelector<HTMLElement>("button[aria-expanded=false]");
      if (closed !== null) {
        closed.click();
        opened += 1;
        await frame();
        await frame();
        continue;
      }
      if (element.scrollTop + element.clientHeight >= element.scrollHeight - 2) break;
      element.scrollTop += element.clientHeight;
      await frame();
      await frame();
    }
    element.scrollTop = 0;
    await frame();
    return opened;
  });
}

/** With the wheel, about a window height with every frame, as a person scrolls who turns it as fast as it goes. */
async function endToEnd(page: Page): Promise<void> {
  const list = sidebarScroller(page);
  const startMs = performance.now();
  let last = -1;
  while (performance.now() - startMs < 120_000) {
    await wheel(page, list, 800, 50);
    const { at, end } = await list.evaluate((element) => ({
      at: element.scrollTop,
      end: element.scrollHeight - element.clientHeight,
    }));
    if (at === last && at >= end - 2) return;
    last = at;
  }
  throw new Error("The end of the sidebar was not reached within 120 s.");
}

function report(frames: FrameReport): string {
  return (
    `${frames.frames} frames, median ${frames.medianMs.toFixed(1)} ms, p99 ${frames.p99Ms.toFixed(1)} ms, longest ${frames.longestMs.toFixed(0)} ms, ` +
    `${frames.over50} over 50 ms; trace: longest task ${frames.longestTaskMs.toFixed(0)} ms, ${frames.tasksOver50} over 50 ms`
  );
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function print(name: string, value: string): void {
  console.log(`${name.padEnd(42)} ${value}`);
}

await main();
