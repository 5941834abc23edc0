import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { openServer, openTestBrowser } from "../browser/open-session.ts";
import { createServerClient } from "../browser/server-client.ts";
import { chatgptZip, sampleConversations } from "../browser/vendor-exports.ts";

interface Loaded {
  url: string;
  type: string;
  /** Bytes after gzip, whatever was sent. */
  gzipped: number;
}

/** Code and styles that a page asks for until it is quiet, with an empty cache. Fonts are told apart. */
async function firstLoad(page: Page, url: string): Promise<Loaded[]> {
  const loaded: Promise<Loaded | undefined>[] = [];
  page.on("response", (response) => {
    const type = response.request().resourceType();
    if (!["document", "script", "stylesheet", "font"].includes(type)) return;
    const take = async (): Promise<Loaded | undefined> => {
      if (response.status() !== 200) return undefined;
      const body = await response.body();
      return {
        url: response.url(),
        type,
        gzipped: type === "font" ? body.length : gzipSync(body, { level: 9 }).length,
      };
    };
    loaded.push(take());
  });
  await page.goto(url);
  await page.getByRole("main").waitFor();
  // Whatever is preloaded when the page is idle belongs to its first load too.
  await page.waitForTimeout(2500);
  return (await Promise.all(loaded)).filter((one) => one !== undefined);
}

function sum(loaded: readonly Loaded[]): number {
  return loaded.filter(({ type }) => type !== "font").reduce((total, { gzipped }) => total + gzipped, 0);
}

function list(loaded: readonly Loaded[]): string {
  return loaded
    .map(
      ({ url, type, gzipped }) =>
        `${String(gzipped).padStart(8)} ${type.padEnd(10)} ${new URL(url).pathname}`,
    )
    .join("\n");
}

test("first loads stay small, and what is rarely used comes when it is used", async (t) => {
  const { chatty } = await openServer(t);
  const client = await createServerClient(chatty.origin, chatty.link);
  const plain = sampleConversations[0];
  const rich = sampleConversations[3];
  assert.ok(plain && rich);
  await client.import("alex.zip", chatgptZip([plain, rich]));
  const { sessions } = await client.get<{ sessions: { sessionId: string; title: string }[] }>(
    "/api/sessions?runtime=chatgpt-alex&kind=imported",
  );
  const idOf = (title: string): string =>
    sessions.find((session) => session.title === title)?.sessionId ?? "";

  const load = async (path: string): Promise<Loaded[]> => {
    const browser = await openTestBrowser(t);
    const page = await browser.tab();
    await page.goto(await chatty.newLink());
    await page.waitForURL("**/app/chat/**");
    // Signed in, and with nothing in its cache.
    const session = await browser.context.newCDPSession(page);
    await session.send("Network.clearBrowserCache");
    const fresh = await browser.context.newPage();
    return await firstLoad(fresh, `${chatty.origin}${path}`);
  };

  const dashboard = await load("/app");
  t.diagnostic(`/app: ${(sum(dashboard) / 1000).toFixed(1)} kB gzipped`);
  assert.ok(sum(dashboard) < 200_000, `/app loads ${sum(dashboard)} bytes:\n${list(dashboard)}`);
  const conversation = await load(`/app/chat/${idOf(plain.title)}`);
  t.diagnostic(`a conversation: ${(sum(conversation) / 1000).toFixed(1)} kB gzipped`);
  assert.ok(
    sum(conversation) < 350_000,
    `a conversation loads ${sum(conversation)} bytes:\n${list(conversation)}`,
  );
  assert.ok(
    !conversation.some(({ url }) => /katex|shiki|highlight/i.test(url)),
    `highlighting or mathematics without code or formula:\n${list(conversation)}`,
  );
  const withCode = await load(`/app/chat/${idOf(rich.title)}`);
  t.diagnostic(`with code and a formula: ${(sum(withCode) / 1000).toFixed(1)} kB gzipped`);
  assert.ok(
    withCode.length > conversation.length,
    "code and formulas bring their own files when they are shown",
  );

  const browser = await openTestBrowser(t);
  const page = await browser.tab();
  await page.goto(await chatty.newLink());
  await page.waitForURL("**/app/chat/**");
  await page.goto(`${chatty.origin}/app/chat/${idOf(rich.title)}`);
  await page.locator("pre code span[style*='--light']").first().waitFor();
  assert.equal(page.workers().length, 1, "code is coloured beside the thread that draws");
});
