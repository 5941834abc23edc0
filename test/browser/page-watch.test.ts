import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { assertAccessible } from "./axe-check.ts";
import { openTestBrowser } from "./open-session.ts";
import type { Page } from "playwright-core";
import type { PageWatch } from "./page-watch.ts";

const policy = "default-src 'self'; script-src 'self' 'nonce-planted'; style-src 'self'";

interface Planted {
  watch: PageWatch;
  page: Page;
  origin: string;
}

/** Serves one page with a strict policy and gives a browser that has opened it. */
async function openPlanted(t: TestContext, body: string): Promise<Planted> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.setHeader("content-security-policy", policy);
    response.end(
      `<!doctype html><html lang="en"><head><title>Planted</title></head><body>${body}</body></html>`,
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  t.after(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await openTestBrowser(t);
  const page = await browser.tab();
  await page.goto(origin);
  return { watch: browser.watch, page, origin };
}

test("a quiet page passes every check", async (t) => {
  const { watch, page, origin } = await openPlanted(
    t,
    "<main><h1>Quiet</h1><p>Nothing happens here.</p></main>",
  );
  watch.assertQuiet(origin);
  await assertAccessible(page, "a quiet page");
});

test("finds what a page must not do", async (t) => {
  const { watch, page, origin } = await openPlanted(
    t,
    `<img src="https://elsewhere.example/pixel.png" alt="far">
     <script>document.title = "inline";</script>
     <script nonce="planted">alert("planted"); throw new Error("planted");</script>`,
  );
  assert.throws(() => watch.assertQuiet(origin), /AssertionError/);
  assert.ok(
    watch.requests.includes("https://elsewhere.example/pixel.png") ||
      watch.violations.some((text) => text.includes("elsewhere")),
  );
  assert.ok(
    watch.violations.some((text) => text.startsWith("script-src")),
    watch.violations.join("\n"),
  );
  assert.deepEqual(watch.dialogs, ["alert: planted"]);
  assert.match(watch.pageErrors.join("\n"), /planted/);
  assert.equal(await page.title(), "Planted");
});

test("finds what a person with a screen reader could not use", async (t) => {
  const { page } = await openPlanted(t, '<img src="/x.png"><button></button>');
  await assert.rejects(
    async () => await assertAccessible(page, "planted"),
    /image-alt[\s\S]*button-name|button-name[\s\S]*image-alt/,
  );
});
