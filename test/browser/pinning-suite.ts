import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { TestBrowser } from "./open-browser.ts";
import { openServer, openTestBrowser } from "./open-session.ts";
import type { Ending } from "./open-session.ts";
import { assertHomeFile, assertOnlySessionsOf, assertWorkspaceOf, synth } from "./pinning-checks.ts";
import type { ExpectedRuntime } from "./pinning-checks.ts";
import { importOnPage, selectOnDashboard, shownMessages, sidebarRows, switchRuntime } from "./screen.ts";
import type { RunningChatty } from "./start-chatty.ts";
import { until } from "./until.ts";

export interface PinningSubject {
  vendor: string;
  zip: Buffer;
  expected: ExpectedRuntime;
}

/** Steps that build on one another, to be run in order after `open`. */
export interface PinningSteps {
  open(ending: Ending): Promise<void>;
  steps: { name: string; run: () => Promise<void> }[];
}

/** Scenarios 1, 2 and 3 of runtime pinning and routing, line by line, for one vendor's export; then what must survive. */
export function pinningSteps({ vendor, zip, expected }: PinningSubject): PinningSteps {
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let folder = "";
  const steps: PinningSteps["steps"] = [];
  const step = (name: string, run: () => Promise<void>): void => {
    steps.push({ name, run });
  };

  step("scenario 1: a person comes in while Chatty's own runtime is active", async () => {
    await chatty.ask(["append", "synth-001_chat_with_synth-001", "--role", "user"], "A word to begin with.");
    await page.goto(chatty.link);
    // 1. Synth's conversation loads from its file.
    await assertHomeFile(chatty, "synth-001", "isPrimary: true", "A word to begin with.");
    // 2. It is pinned in the sidebar. 3. The address is its slug. 4. The window shows it.
    await assertWorkspaceOf(page, chatty, synth);
    await until(async () =>
      assert.deepEqual(
        (await shownMessages(page)).map(({ text }) => text.trim()),
        ["A word to begin with."],
      ),
    );
  });

  step("scenario 2: the person imports an export", async () => {
    const path = join(folder, `${vendor}.zip`);
    writeFileSync(path, zip);
    await importOnPage(page, path);
    // 4. to 7. The runtime is active, its home pinned, routed to and shown.
    await isThere(page, chatty, expected);
    // 1. The readable files, by year and month.
    const view = join(
      chatty.importFolder(),
      "instances",
      expected.constructId,
      "2024",
      "01",
      "Boat repair.md",
    );
    await until(() => assert.ok(existsSync(view), `${view} does not exist`), 30_000);
    // 2. The file of its home.
    await assertHomeFile(
      chatty,
      expected.constructId,
      "isPrimary: true",
      "Your imported conversations are available in the sidebar.",
    );
    // 3. The runtime with its construct.
    const { runtimes } = await chatty.ask<{
      runtimes: { runtimeId: string; constructId: string; kind: string }[];
    }>(["runtimes"]);
    const made = runtimes.find(({ runtimeId }) => runtimeId === expected.runtimeId);
    assert.deepEqual([made?.constructId, made?.kind], [expected.constructId, "imported"]);
  });

  step("scenario 3: the person switches to Chatty and, from the dashboard, back", async () => {
    await switchRuntime(page, "Chatty");
    await assertWorkspaceOf(page, chatty, synth);
    await assertOnlySessionsOf(page, chatty, synth.runtimeId);
    // 1. Selected on the dashboard.
    await selectOnDashboard(page, expected.homeTitle);
    // 3. to 6.: home on top, routed, Synth's pin gone, this one's there.
    await assertWorkspaceOf(page, chatty, expected);
    // 2. Only its own conversations, and all of them can be reached.
    await assertOnlySessionsOf(page, chatty, expected.runtimeId);
  });

  step("shows the same to a browser that has forgotten everything", async () => {
    await browser.forget();
    await page.goto(`${chatty.origin}/`);
    await page.getByText(/not signed in/i).waitFor();
    await page.goto(await chatty.newLink());
    await assertWorkspaceOf(page, chatty, expected);
    await assertOnlySessionsOf(page, chatty, expected.runtimeId);
  });

  step("shows the same after kill -9 and a new start", async () => {
    const port = Number(new URL(chatty.origin).port);
    await chatty.kill();
    await chatty.start({ port });
    await page.goto(`${chatty.origin}/`);
    await assertWorkspaceOf(page, chatty, expected);
    await assertHomeFile(chatty, expected.constructId);
    await assertHomeFile(chatty, "synth-001", "A word to begin with.");
    await switchRuntime(page, "Chatty");
    await assertWorkspaceOf(page, chatty, synth);
    await until(async () => assert.equal((await shownMessages(page)).length, 1));
    await switchRuntime(page, expected.homeTitle);
    await assertWorkspaceOf(page, chatty, expected);
  });

  step("keeps two tabs together", async () => {
    const other = await browser.context.newPage();
    await other.goto(`${chatty.origin}/`);
    await assertWorkspaceOf(other, chatty, expected);
    await switchRuntime(other, "Chatty");
    await assertWorkspaceOf(other, chatty, synth);
    // The first tab follows with its sidebar: the pin is Synth's there too.
    await until(async () => {
      const homes = (await sidebarRows(page)).filter(({ isHome }) => isHome);
      assert.deepEqual(
        homes.map(({ title }) => title),
        [synth.homeTitle],
      );
    });
    await switchRuntime(page, expected.homeTitle);
    await assertWorkspaceOf(page, chatty, expected);
    await until(async () => {
      const homes = (await sidebarRows(other)).filter(({ isHome }) => isHome);
      assert.deepEqual(
        homes.map(({ title }) => title),
        [expected.homeTitle],
      );
    });
    await other.close();
  });

  step("made the page do nothing that it must not do", async () => {
    await page.waitForTimeout(100);
    browser.watch.assertQuiet(chatty.origin);
  });
  return {
    steps,
    async open(ending) {
      ({ chatty, folder } = await openServer(ending));
      browser = await openTestBrowser(ending);
      page = await browser.tab();
    },
  };
}

async function isThere(page: Page, chatty: RunningChatty, expected: ExpectedRuntime): Promise<void> {
  await page.waitForURL(`**/app/chat/${expected.constructId}_chat_with_${expected.constructId}`, {
    timeout: 60_000,
  });
  await assertWorkspaceOf(page, chatty, expected);
}
