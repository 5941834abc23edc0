// A history of nine years: what is found in it, how long that takes to be seen, and that a long list stays light.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openServer, openTestBrowser } from "../browser/open-session.ts";
import {
  foundBar,
  hitLinks,
  hitsOf,
  openSearch,
  results,
  searchField,
  searchStatus,
} from "../browser/search-screen.ts";
import { createServerClient } from "../browser/server-client.ts";
import { createTemporaryFolder } from "../browser/temporary-folder.ts";
import { until } from "../browser/until.ts";
import { makeBigVault } from "../bench/big-vault.ts";
import type { SearchState } from "@chatty/server/api";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const conversations = isFull ? 50_000 : 3000;
/** So many hits are scrolled through. */
const scrolled = isFull ? 20_000 : 2000;

test(`among ${conversations} conversations`, { timeout: 1_200_000 }, async (t) => {
  const folder = createTemporaryFolder("many");
  t.after(() => folder.remove());
  const { chatty } = await openServer(t, {
    prepare: async (home) => {
      await makeBigVault(home, { conversations, messages: 2 }, folder.path);
    },
  });
  const client = await createServerClient(chatty.origin, chatty.link);
  const start = performance.now();
  await until(async () => {
    const state = await client.get<SearchState>("/api/search/state");
    assert.equal(state.pendingSessions, 0);
    assert.ok(state.sessions >= conversations, `${state.sessions} conversations are in the index`);
  }, 600_000);
  t.diagnostic(`the rest of the index: ${((performance.now() - start) / 1000).toFixed(1)} s`);

  const browser = await openTestBrowser(t);
  const page = await browser.tab();
  await page.goto(await chatty.newLink());
  await page.waitForURL("**/app/chat/**");
  await openSearch(page, chatty.origin);

  // From the last key until the hits of what was typed are in the page, by the page's own clock.
  const seen = async (q: string): Promise<number> =>
    await page.evaluate(async (text) => {
      const field = document.querySelector<HTMLInputElement>('input[aria-label="Search everything"]');
      const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
      if (field === null || set === undefined) throw new Error("There is no field.");
      const begun = performance.now();
      set.call(field, text);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      const isThere = (): boolean => {
        const link = document.querySelector<HTMLAnchorElement>("ul[aria-label=Results] a[data-stop]");
        // Until the answer is there, the one before is shown dimmed.
        return (
          link !== null &&
          new URL(link.href).searchParams.get("q") === text &&
          document.querySelector(".opacity-55") === null
        );
      };
      while (!isThere()) {
        if (performance.now() - begun > 20_000) throw new Error(`Nothing is shown for ${text}.`);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      return performance.now() - begun;
    }, q);
  await seen("granite");
  for (const q of ["harbour", "harbour lantern", "1234", '"copper violin"', "harbour from:user"]) {
    const ms = await seen(q);
    t.diagnostic(`${q}: ${ms.toFixed(0)} ms from the last key, 120 of them waited for the next`);
    assert.ok(ms < 5000, `${q} took ${ms} ms`);
  }

  await openSearch(page, chatty.origin, "", "hybrid");
  t.diagnostic(`harbour lantern, by meaning as well: ${(await seen("harbour lantern")).toFixed(0)} ms`);
  await openSearch(page, chatty.origin);

  await searchField(page).fill("harbour");
  await hitsOf(page, (hits) => assert.ok(hits.length > 3));
  t.diagnostic(await searchStatus(page));
  await page.evaluate(() => {
    const told = { longest: 0 };
    Object.assign(globalThis, { told });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) told.longest = Math.max(told.longest, entry.duration);
    }).observe({ entryTypes: ["longtask"] });
  });
  const scroller = results(page).locator("..");
  const begun = performance.now();
  let loaded = 0;
  await until(async () => {
    loaded = await scroller.evaluate((element) => {
      element.scrollTop = element.scrollHeight;
      const places = Array.from(element.querySelectorAll("li[aria-posinset]"), (row) =>
        Number(row.getAttribute("aria-posinset")),
      );
      return Math.max(0, ...places);
    });
    assert.ok(loaded >= scrolled, `${loaded} hits are loaded`);
  }, 120_000);
  const rows = await results(page).locator("li").count();
  const longest = await page.evaluate(
    () => (globalThis as unknown as { told: { longest: number } }).told.longest,
  );
  t.diagnostic(
    `${loaded} hits scrolled through in ${((performance.now() - begun) / 1000).toFixed(1)} s, ${rows} rows drawn, longest task ${longest.toFixed(0)} ms`,
  );
  assert.ok(rows < 120, `${rows} rows are drawn`);
  assert.ok(longest < 1000, `one task took ${longest} ms`);

  const href = (await hitLinks(page).last().getAttribute("href")) ?? "";
  const link = results(page).locator(`a[data-stop][href="${href}"]`);
  await link.scrollIntoViewIfNeeded();
  await page.waitForTimeout(200);
  const place = await scroller.evaluate((element) => element.scrollTop);
  await link.click();
  await foundBar(page).waitFor();
  await page.goBack();
  await until(async () => {
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("href")), href);
    const back = await scroller.evaluate((element) => element.scrollTop);
    assert.ok(Math.abs(back - place) < 80, `${back} instead of ${place}`);
  });

  // Of so long a list nothing is asked for again before somebody wants it.
  const { sessionId } = await client.send<{ sessionId: string }>("POST", "/api/sessions", {
    runtime: "synth",
  });
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("/api/search?")) asked += 1;
  });
  await client.send("POST", `/api/sessions/${sessionId}/messages`, {
    role: "user",
    content: "harbour harbour harbour, said just now",
  });
  const fresh = page.getByRole("button", { name: "Show what is new" });
  await fresh.waitFor();
  assert.ok(asked <= 1, `${asked} questions were asked by themselves`);
  await page.getByRole("button", { name: "Order: Best first" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Newest first" }).click();
  await hitsOf(page, (hits) => assert.match(hits[0]?.snippet ?? "", /said just now/));
  browser.watch.assertQuiet(chatty.origin);
});
