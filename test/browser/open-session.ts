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

/**
 * For a suite that opens in `before`. Must be called while the suite is described: a hook that is named later belongs to whatever
 * runs at that moment. What was opened last ends first, and one end that fails keeps no other from happening.
 */
export function endingAfterSuite(after: (action: () => Promise<void>) => void): Ending {
  const actions: (() => unknown)[] = [];
  after(async () => {
    const problems: unknown[] = [];
    for (const action of actions.reverse()) {
      try {
        await action();
      } catch (error) {
        problems.push(error);
      }
    }
    if (problems.length > 0) throw new AggregateError(problems, "What a suite opened did not end well.");
  });
  return {
    after(action) {
      actions.push(action);
    },
  };
}
