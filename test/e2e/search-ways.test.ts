// Finding with keys alone, on a phone, and among texts that would harm the page if they were anything but text.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { assertAccessible } from "../browser/axe-check.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { conversationTitle, messageScroller } from "../browser/screen.ts";
import {
  assertInSight,
  foundBar,
  hitLinks,
  hitsOf,
  markedWords,
  messageInAddress,
  openSearch,
  results,
  searchField,
  searchStatus,
  shownHits,
} from "../browser/search-screen.ts";
import { createServerClient } from "../browser/server-client.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { unsafeElements } from "../browser/unsafe-elements.ts";
import { until } from "../browser/until.ts";
import { chatgptZip, sampleConversations } from "../browser/vendor-exports.ts";
import { xssCases } from "../browser/xss-cases.ts";

const harbours = Array.from({ length: 80 }, (_, index) => ({
  title: `Harbour ${index}`,
  startedAt: new Date(Date.UTC(2022, index % 36, 3, 8, index)).toISOString(),
  messages: [`Where is harbour ${index}?`, `Harbour ${index} lies behind the mole.`],
}));

describe("search, whoever uses it", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;

  before(async () => {
    ({ chatty } = await openServer(ending));
    const client = await createServerClient(chatty.origin, chatty.link);
    const hostile = xssCases.map(({ text }, index) => ({
      title: `${text} zanzibar`,
      startedAt: new Date(Date.UTC(2024, 0, 1 + index)).toISOString(),
      messages: [`zanzibar ${text}`, `${text} zanzibar ${text}`],
      model: text,
    }));
    await client.import("alex.zip", chatgptZip([...sampleConversations, ...harbours, ...hostile]));
  });

  const open = async (options: Parameters<typeof openTestBrowser>[1] = {}): Promise<Page> => {
    const browser = await openTestBrowser(ending, options);
    const page = await browser.tab();
    ending.after(() => browser.watch.assertQuiet(chatty.origin));
    await page.goto(await chatty.newLink());
    await page.waitForURL("**/app/chat/**");
    return page;
  };
  const focusedHref = async (page: Page): Promise<string> =>
    (await page.evaluate(() => document.activeElement?.getAttribute("href"))) ?? "";

  it("is used with keys alone, from anywhere to reading and back", async () => {
    const page = await open();
    await page.getByRole("navigation", { name: "Chatty" }).getByRole("link", { name: "Imports" }).focus();
    await page.keyboard.press("/");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type("mole");
    await page
      .getByRole("dialog")
      .getByRole("option", { name: /^Search everything for/ })
      .waitFor();
    for (let press = 0; press < 12; press += 1) {
      const chosen = await page.getByRole("option", { selected: true }).textContent();
      if (chosen?.startsWith("Search everything for") === true) break;
      await page.keyboard.press("ArrowDown");
    }
    await page.keyboard.press("Enter");
    await page.waitForURL("**/app/search?q=mole");
    await hitsOf(page, (hits) => assert.ok(hits.length > 5));
    await until(async () => assert.match(await searchStatus(page), /^80 messages/));

    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    const second = (await shownHits(page))[1]?.href;
    assert.equal(await focusedHref(page), second);
    const outline = await page.evaluate(() =>
      document.activeElement === null ? "" : getComputedStyle(document.activeElement).outlineStyle,
    );
    assert.equal(outline, "solid", "one sees where one is");
    await page.keyboard.press("Escape");
    assert.ok(await searchField(page).evaluate((field) => field === document.activeElement));
    await page.keyboard.press("ArrowDown");
    for (let press = 0; press < 40; press += 1) await page.keyboard.press("ArrowDown");
    const far = await focusedHref(page);
    assert.match(far, /^\/app\/chat\//);
    const place = await results(page)
      .locator("..")
      .evaluate((scroller) => scroller.scrollTop);
    assert.ok(place > 500, `${place} pixels`);

    const coming = page.context().waitForEvent("page");
    await page.keyboard.press("Control+Enter");
    const tab = await coming;
    await foundBar(tab).waitFor();
    await tab.close();

    await page.keyboard.press("Enter");
    await foundBar(page).waitFor();
    await assertInSight(page, messageInAddress(page));
    await until(async () => assert.ok((await markedWords(page)).includes("mole")));
    await until(async () =>
      assert.ok(
        await messageScroller(page).evaluate((region) => region === document.activeElement),
        "the arrow keys scroll what is read",
      ),
    );
    await page.goBack();
    await until(async () => assert.equal(await focusedHref(page), far));
    const back = await results(page)
      .locator("..")
      .evaluate((scroller) => scroller.scrollTop);
    assert.ok(Math.abs(back - place) < 4, `${back} instead of ${place}`);
  });

  it("leads from the field to the first hit, and leaves alone whoever types on", async () => {
    const page = await open();
    await openSearch(page, chatty.origin);
    await page.route(/\/api\/search\?q=mole&/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 700));
      await route.continue().catch(() => {
        // Nobody waits for it any more.
      });
    });
    await searchField(page).pressSequentially("mole");
    await page.keyboard.press("Enter");
    await until(async () => assert.equal(await focusedHref(page), (await shownHits(page))[0]?.href));
    await openSearch(page, chatty.origin);
    await searchField(page).pressSequentially("mole");
    await page.keyboard.press("Enter");
    await page.keyboard.type("hill");
    await page.waitForTimeout(1200);
    assert.equal(await searchField(page).inputValue(), "molehill");
    assert.ok(await searchField(page).evaluate((field) => field === document.activeElement));
  });

  it("is used on a phone", async () => {
    const page = await open({ width: 390, height: 844, touch: true });
    await openSearch(page, chatty.origin, "harbour");
    await hitsOf(page, (hits) => assert.ok(hits.length > 2));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    const toolbar = page.getByRole("button", { name: "More about this search" });
    const filters = page.getByRole("button", { name: "Filters" });
    const [one, other] = [await toolbar.boundingBox(), await filters.boundingBox()];
    assert.equal(one?.y, other?.y, "the tools stand in one line");
    await filters.tap();
    await page.getByRole("dialog").getByRole("button", { name: /^You/ }).waitFor();
    await assertAccessible(page, "the counts on a phone");
    await page.getByRole("dialog").getByRole("button", { name: /^You/ }).tap();
    await page.keyboard.press("Escape");
    await until(async () => assert.equal(await searchField(page).inputValue(), "harbour from:user"));
    await hitsOf(page, (hits) => assert.ok(hits.every(({ line }) => line.startsWith("You"))));
    await hitLinks(page).first().tap();
    await foundBar(page).waitFor();
    await assertInSight(page, messageInAddress(page));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`is clean for axe in every state, ${colorScheme}`, async () => {
      const page = await open({ colorScheme });
      for (const q of ["harbour from:me on:2022", "nothingatall from:me"]) {
        await openSearch(page, chatty.origin, q);
        await until(async () => assert.match(await searchStatus(page), /message|Nothing/));
        await assertAccessible(page, q);
      }
      await openSearch(page, chatty.origin, "mole");
      await hitLinks(page).first().click();
      await foundBar(page).waitFor();
      await until(async () => assert.ok((await markedWords(page)).length > 0));
      await assertAccessible(page, "a conversation that was found");
    });
  }

  it("shows text as text, in hits, titles, counts and where they lead", async () => {
    const page = await open({ height: 1600 });
    await openSearch(page, chatty.origin, "zanzibar");
    await hitsOf(page, (hits) => assert.ok(hits.length > 8));
    assert.deepEqual(await unsafeElements(page), []);
    const seen = new Set<string>();
    for (let turn = 0; turn < 14; turn += 1) {
      for (const { href } of await shownHits(page)) seen.add(href);
      await results(page)
        .locator("..")
        .evaluate((scroller) => scroller.scrollBy(0, 700));
      await page.waitForTimeout(60);
      assert.deepEqual(await unsafeElements(page), []);
    }
    assert.ok(seen.size >= xssCases.length * 2 - 4, `${seen.size} hits were seen`);
    await page.getByRole("button", { name: /^\d+ more$/ }).click();
    assert.deepEqual(await unsafeElements(page), []);
    for (const { text, name } of xssCases) {
      await searchField(page).fill(text);
      await searchField(page).press("Enter");
      await page.waitForTimeout(60);
      assert.deepEqual(await unsafeElements(page), [], name);
    }
    for (const href of [...seen].slice(0, 5)) {
      await page.goto(`${chatty.origin}${href}`);
      await conversationTitle(page);
      await foundBar(page).waitFor();
      assert.deepEqual(await unsafeElements(page), [], href);
    }
  });
});
