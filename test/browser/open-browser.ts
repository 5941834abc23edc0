import { chromium } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";
import { findChromium } from "./find-chromium.ts";
import { watchPages } from "./page-watch.ts";
import type { PageWatch } from "./page-watch.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

/** One Chromium with a new, empty profile. */
export interface TestBrowser {
  readonly context: BrowserContext;
  readonly watch: PageWatch;
  tab(): Promise<Page>;
  /** Takes away everything the browser remembers: cookies, storage, caches. */
  forget(): Promise<void>;
  /** Closing twice is harmless. */
  close(): Promise<void>;
}

export interface BrowserOptions {
  /** Pixels; 1280 × 860 when absent. */
  width?: number;
  height?: number;
  colorScheme?: "light" | "dark";
  reducedMotion?: boolean;
  /** A phone's touch screen. */
  touch?: boolean;
}

const flags = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Whatever a page asks for, no name but this machine's is ever looked up.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/** Starts a Chromium. It ends with this process, even if that is killed: its pipe closes. */
export async function openBrowser(options: BrowserOptions = {}): Promise<TestBrowser> {
  const executablePath = findChromium();
  const profile = createTemporaryFolder("profile");
  const launch = async (): Promise<BrowserContext> =>
    await chromium.launchPersistentContext(profile.path, {
      executablePath,
      headless: true,
      chromiumSandbox: false,
      args: flags,
      viewport: { width: options.width ?? 1280, height: options.height ?? 860 },
      colorScheme: options.colorScheme ?? "light",
      reducedMotion: options.reducedMotion === false ? "no-preference" : "reduce",
      hasTouch: options.touch ?? false,
      locale: "en-GB",
      timezoneId: "UTC",
      timeout: 60_000,
    });
  let context: BrowserContext;
  try {
    context = await launch();
  } catch (cause) {
    profile.remove();
    throw new Error(`${executablePath} did not start.`, { cause });
  }
  context.setDefaultTimeout(15_000);
  const watch = await watchPages(context);
  return {
    context,
    watch,
    async tab() {
      // A persistent context begins with one empty page.
      const [first] = context.pages();
      return first !== undefined && first.url() === "about:blank" ? first : await context.newPage();
    },
    async forget() {
      const page = await context.newPage();
      const session = await context.newCDPSession(page);
      for (const other of context.pages()) {
        const origin = new URL(other.url()).origin;
        if (origin === "null") continue;
        await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
      }
      await session.send("Network.clearBrowserCache");
      await session.send("Network.clearBrowserCookies");
      await page.close();
    },
    async close() {
      await context.close();
      profile.remove();
    },
  };
}
