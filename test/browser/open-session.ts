import { join } from "node:path";
import type { Page } from "playwright-core";
import { openBrowser } from "./open-browser.ts";
import type { BrowserOptions, TestBrowser } from "./open-browser.ts";
import { startChatty } from "./start-chatty.ts";
import type { RunningChatty } from "./start-chatty.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

/** A server on an empty data home, and a browser that has opened its link. */
export interface TestSession {
  readonly chatty: RunningChatty;
  readonly browser: TestBrowser;
  readonly page: Page;
  /** Folder for inputs, beside the data home. */
  readonly folder: string;
}

/** What was opened ends after the test, whatever became of it. */
export async function openSession(t: Ending, options: OpenOptions = {}): Promise<TestSession> {
  const { chatty, folder } = await openServer(t, options);
  const browser = await openTestBrowser(t, options.browser);
  const page = await browser.tab();
  await page.goto(chatty.link);
  return { chatty, browser, page, folder };
}

export interface OpenOptions {
  browser?: BrowserOptions;
  /** Fills the data home before the server starts. */
  prepare?(home: string): Promise<void>;
  words?: readonly string[];
}

/** The server alone. */
export async function openServer(
  t: Ending,
  options: OpenOptions = {},
): Promise<{ chatty: RunningChatty; folder: string }> {
  const folder = createTemporaryFolder("home");
  const home = join(folder.path, "home");
  const opening = open(home, options);
  t.after(async () => {
    const [opened] = await Promise.allSettled([opening]);
    if (opened.status === "fulfilled") await opened.value.stop();
    folder.remove();
  });
  return { chatty: await opening, folder: folder.path };
}

async function open(home: string, options: OpenOptions): Promise<RunningChatty> {
  await options.prepare?.(home);
  const { words } = options;
  return await startChatty({ home, ...(words === undefined ? {} : { words }) });
}

/** A browser that is closed after the test. */
export async function openTestBrowser(t: Ending, options?: BrowserOptions): Promise<TestBrowser> {
  const browser = await openBrowser(options);
  t.after(async () => await browser.close());
  return browser;
}

/** The part of a test, or of a program, that says what is to be done at its end. */
export interface Ending {
  after(action: () => unknown): void;
}

/** For a suite that opens in `before`: gives what was opened to the suite's `after`. */
export function endingAfterSuite(after: (action: () => Promise<void>) => void): Ending {
  return {
    after(action) {
      after(async () => {
        await action();
      });
    },
  };
}
