// Finding what was said: typed, narrowed, opened at the message, and back again.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import type { Session, SessionPage } from "@chatty/server/api";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { openPalette, shownMessages } from "../browser/screen.ts";
import {
  assertInSight,
  conditionChips,
  facetValue,
  foundBar,
  hitLinks,
  hitsOf,
  markedWords,
  messageInAddress,
  monthBar,
  openSearch,
  searchField,
  searchStatus,
  shownHits,
} from "../browser/search-screen.ts";
import { createServerClient } from "../browser/server-client.ts";
import type { ServerClient } from "../browser/server-client.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { until } from "../browser/until.ts";
import { chatgptZip, sampleConversations } from "../browser/vendor-exports.ts";

const lines = Array.from({ length: 60 }, (_, index) => `Entry ${index} of the log: wind and water.`);
const longLog = {
  title: "The long log",
  startedAt: "2023-05-02T06:00:00Z",
  model: "gpt-4",
  messages: lines.map((line, index) =>
    index === 7 || index === 30 || index === 52 ? `${line} The barnacle count was ${index}.` : line,
  ),
};

describe("what was said is found", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let client: ServerClient;
  let native = "";

  const say = async (content: string, role = "user"): Promise<string> => {
    const { messageId } = await client.send<{ messageId: string }>(
      "POST",
      `/api/sessions/${native}/messages`,
      {
        role,
        content,
      },
    );
    return messageId;
  };
  const url = (): URL => new URL(page.url());

  before(async () => {
    ({ chatty } = await openServer(ending));
    client = await createServerClient(chatty.origin, chatty.link);
    await client.import("alex.zip", chatgptZip([...sampleConversations, longLog]));
    const made = await client.send<Session>("POST", "/api/sessions", {
      runtime: "synth",
      title: "Deck notes",
    });
    native = made.sessionId;
    await say("The quarterdeck needs varnish.");
    await say("Varnish in thin coats.", "assistant");
    await say('{"found":"a hidden windlass in the catalogue"}', "tool");
    browser = await openTestBrowser(ending);
    page = await browser.tab();
    await page.goto(await chatty.newLink());
    await page.waitForURL("**/app/chat/**");
  });

  it("while one types, with the words marked and the question in the address", async () => {
    await page.getByRole("navigation", { name: "Chatty" }).getByRole("link", { name: "Search" }).click();
    await searchField(page).waitFor();
    assert.ok(
      await searchField(page).evaluate((field) => field === document.activeElement),
      "one can type at once",
    );
    await page.getByText("How to ask").waitFor();
    await page.keyboard.type("epoxy");
    const [hit] = await hitsOf(page, (hits) => assert.equal(hits[0]?.title, "Boat repair"));
    assert.ok(hit);
    assert.match(hit.snippet, /Epoxy keeps water out best/);
    assert.deepEqual(hit.marks, ["Epoxy"]);
    assert.match(hit.line, /gpt-4/);
    await until(async () => assert.match(await searchStatus(page), /^1 message\b/));
    assert.equal(url().searchParams.get("q"), "epoxy");
  });

  it("and no late answer takes the place of a newer one", async () => {
    await openSearch(page, chatty.origin);
    await page.route(/\/api\/search\?q=swi&/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await route.continue().catch(() => {
        // Nobody waits for it any more: the page took its question back.
      });
    });
    await searchField(page).pressSequentially("swi", { delay: 5 });
    await page.waitForTimeout(300);
    await searchField(page).fill("ledger");
    await hitsOf(page, (hits) => assert.ok(hits.some(({ title }) => title === "Ledger design")));
    await page.waitForTimeout(1600);
    assert.ok((await shownHits(page)).every(({ title }) => title !== "Swifts at night"));
    await page.unroute(/\/api\/search\?q=swi&/);
  });

  it("narrowed by a count, as a condition in the text, which a chip takes away", async () => {
    await openSearch(page, chatty.origin, "wind");
    await facetValue(page, "Said by", "You").click();
    await until(async () => assert.deepEqual(await conditionChips(page), ["From you"]));
    assert.match(await searchField(page).inputValue(), /^wind from:user$/);
    await hitsOf(page, (hits) =>
      assert.ok(hits.length > 0 && hits.every(({ line }) => line.startsWith("You"))),
    );
    await page.getByRole("button", { name: "Remove From you" }).click();
    await until(async () => assert.equal(await searchField(page).inputValue(), "wind"));
    assert.deepEqual(await conditionChips(page), []);
    await page.goBack();
    await until(async () => assert.equal(await searchField(page).inputValue(), "wind from:user"));
    await page.goBack();
    await until(async () => assert.equal(await searchField(page).inputValue(), "wind"));
  });

  it("narrowed to a month of the histogram, by pointer and by keys", async () => {
    await openSearch(page, chatty.origin, "the");
    await monthBar(page, "January 2024").click();
    await until(async () => assert.equal(await searchField(page).inputValue(), "the on:2024-01"));
    await hitsOf(page, (hits) => {
      assert.ok(hits.length > 0);
      for (const { line } of hits) assert.match(line, /Jan 2024/);
    });
    // What lies beyond stays in sight.
    await monthBar(page, "February 2024").waitFor();
    assert.equal(await monthBar(page, "January 2024").getAttribute("aria-pressed"), "true");
    assert.equal(await monthBar(page, "February 2024").getAttribute("aria-pressed"), "false");
    await monthBar(page, "January 2024").focus();
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Enter");
    await until(async () =>
      assert.equal(await searchField(page).inputValue(), "the after:2024-01 before:2024-03"),
    );
    await page.keyboard.press("Escape");
    await until(async () => assert.equal(await searchField(page).inputValue(), "the"));
  });

  it("opened at the message, with the way to the next; Back leads to the same place", async () => {
    await openSearch(page, chatty.origin, "barnacle");
    await hitsOf(page, (hits) => assert.equal(hits.length, 3));
    const second = hitLinks(page).nth(1);
    const href = await second.getAttribute("href");
    await second.click();
    await foundBar(page).waitFor();
    const opened = messageInAddress(page);
    await assertInSight(page, opened);
    await until(async () => assert.ok((await markedWords(page)).includes("barnacle")));
    const before = await foundBar(page).innerText();
    const at = Number(/match (\d) of 3/.exec(before)?.[1]);
    assert.ok(at >= 1 && at <= 3, before);

    await page.keyboard.press("F3");
    const next = (at % 3) + 1;
    await until(async () => assert.match(await foundBar(page).innerText(), new RegExp(`match ${next} of 3`)));
    const wanted = [7, 30, 52][next - 1];
    await until(async () => {
      const shown = await shownMessages(page);
      const found = shown.find(({ text }) => text.includes(`barnacle count was ${wanted}.`));
      assert.ok(found, "the next match is not drawn");
      await assertInSight(page, found.id);
    });
    await page.getByRole("button", { name: "Previous match (Shift F3)" }).click();
    await until(async () => assert.match(await foundBar(page).innerText(), new RegExp(`match ${at} of 3`)));

    await page.goBack();
    await until(async () => {
      assert.equal(url().pathname, "/app/search");
      const focused = await page.evaluate(() => document.activeElement?.getAttribute("href"));
      assert.equal(focused, href);
    });

    await page.goForward();
    await foundBar(page).getByRole("button", { name: "Take the marks away" }).click();
    await foundBar(page).waitFor({ state: "detached" });
    assert.deepEqual(await markedWords(page), []);
    assert.equal(url().searchParams.get("q"), null);
  });

  it("on a branch that is not shown, which is opened then", async () => {
    await openSearch(page, chatty.origin, "keeping books balance");
    const [hit] = await hitsOf(page, (hits) => assert.equal(hits.length, 1));
    assert.match(hit?.line ?? "", /another branch/);
    await hitLinks(page).first().click();
    await until(async () =>
      assert.match((await shownMessages(page)).at(-1)?.text ?? "", /A way of keeping books in balance/),
    );
    await until(async () => assert.deepEqual(await markedWords(page), ["keeping", "books", "balance"]));
  });

  it("from one branch on to another", async () => {
    await openSearch(page, chatty.origin, "twice OR balance");
    await hitsOf(page, (hits) => assert.equal(hits.length, 2));
    await page.getByRole("link", { name: /written twice/ }).click();
    await until(async () => assert.match(await foundBar(page).innerText(), /match \d of 2/));
    await until(async () => assert.deepEqual(await markedWords(page), ["twice"]));
    await page.keyboard.press("F3");
    await until(async () => assert.deepEqual(await markedWords(page), ["balance"]));
    assert.match((await shownMessages(page)).at(-1)?.text ?? "", /A way of keeping books/);
    await page.keyboard.press("F3");
    await until(async () => assert.deepEqual(await markedWords(page), ["twice"]));
  });

  it("where it is folded away, and the fold is open", async () => {
    await openSearch(page, chatty.origin, "windlass");
    await hitsOf(page, (hits) => assert.equal(hits.length, 1));
    await hitLinks(page).first().click();
    await until(async () => assert.deepEqual(await markedWords(page), ["windlass"]));
    await page.getByText("a hidden windlass in the catalogue").waitFor();
  });

  it("as soon as it is said, changed or deleted, without asking again", async () => {
    await openSearch(page, chatty.origin, "halyard");
    await page.getByText("Nothing has all of this").waitFor();
    const messageId = await say("The halyard is worn.");
    await hitsOf(page, (hits) => assert.equal(hits.length, 1));
    await client.send("PATCH", `/api/sessions/${native}/messages/${messageId}`, {
      content: "The halyard is new.",
    });
    await hitsOf(page, (hits) => assert.match(hits[0]?.snippet ?? "", /is new/));
    await client.send("DELETE", `/api/sessions/${native}/messages/${messageId}`);
    await page.getByText("Nothing has all of this").waitFor();
  });

  it("with help where nothing is found", async () => {
    await openSearch(page, chatty.origin, "epxoy from:me");
    await page.getByRole("button", { name: "Without “From you”" }).click();
    await until(async () => assert.equal(await searchField(page).inputValue(), "epxoy"));
    await page.getByRole("main").getByRole("button", { name: "epoxy", exact: true }).click();
    await hitsOf(page, (hits) => assert.equal(hits[0]?.title, "Boat repair"));
  });

  it("again, when a search was saved", async () => {
    await openSearch(page, chatty.origin, "varnish from:me");
    await hitsOf(page, (hits) => assert.equal(hits.length, 1));
    await page.getByRole("button", { name: "More about this search" }).click();
    await page.getByRole("menuitem", { name: "Save this search" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("My varnish");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await openSearch(page, chatty.origin);
    await page
      .getByRole("region", { name: "Saved" })
      .getByRole("button", { name: /^My varnish/ })
      .click();
    await hitsOf(page, (hits) => assert.equal(hits.length, 1));
    assert.equal(await searchField(page).inputValue(), "varnish from:me");

    await openPalette(page);
    await page.keyboard.type("my varn");
    await page.getByRole("dialog").getByRole("option", { name: "My varnish" }).click();
    await until(() => assert.equal(url().searchParams.get("q"), "varnish from:me"));

    await openSearch(page, chatty.origin);
    await page.getByRole("button", { name: "Remove My varnish" }).click();
    await page.getByRole("region", { name: "Saved" }).waitFor({ state: "detached" });
  });

  it("from the palette, message by message or all of it", async () => {
    await openPalette(page);
    await page.keyboard.type("quarterdeck");
    const option = page.getByRole("dialog").getByRole("option", { name: /The quarterdeck needs varnish/ });
    await option.click();
    await foundBar(page).waitFor();
    await until(async () => assert.deepEqual(await markedWords(page), ["quarterdeck"]));
    await openPalette(page);
    await page.keyboard.type("thin coats");
    await page
      .getByRole("dialog")
      .getByRole("option", { name: /^Search everything for/ })
      .click();
    await hitsOf(page, (hits) => assert.equal(hits[0]?.title, "Deck notes"));
  });

  it("and what is like it", async () => {
    await openSearch(page, chatty.origin, "quarterdeck");
    await hitsOf(page, (hits) => assert.equal(hits.length, 1));
    await hitLinks(page).first().hover();
    await page.getByRole("link", { name: "More like this" }).first().click();
    await page.getByRole("heading", { name: "More like this" }).waitFor();
    await page.getByRole("blockquote").getByText("The quarterdeck needs varnish.").waitFor();
    await hitsOf(page, (hits) => {
      assert.ok(hits.length > 0, "nothing is like it");
      assert.ok(
        hits.every(({ snippet }) => !snippet.includes("quarterdeck needs")),
        "it is like itself",
      );
    });
    await hitLinks(page).first().click();
    const message = page.locator("[data-message-id]").first();
    await message.hover();
    await message.getByRole("button", { name: "More about this message" }).click();
    await page.getByRole("menuitem", { name: "More like this" }).click();
    await page.getByRole("heading", { name: "More like this" }).waitFor();
  });

  it("as a file, in three forms", async () => {
    await openSearch(page, chatty.origin, "barnacle");
    await hitsOf(page, (hits) => assert.equal(hits.length, 3));
    for (const [form, sign] of [
      ["Markdown", /\*\*barnacle\*\* count was 52/],
      ["CSV", /barnacle count was 30/],
      ["JSON", /barnacle count was 7/],
    ] as const) {
      await page.getByRole("button", { name: "More about this search" }).click();
      const coming = page.waitForEvent("download");
      await page.getByRole("menuitem", { name: `Export as ${form}` }).click();
      const stream = await (await coming).createReadStream();
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      assert.match(Buffer.concat(chunks).toString("utf8"), sign);
    }
  });

  it("when the server comes back, after it is said that it did not answer", async () => {
    await openSearch(page, chatty.origin);
    await page.route(/\/api\/search\?/, async (route) => await route.abort());
    await searchField(page).fill("batten");
    await page.getByRole("main").getByRole("alert").getByText("Chatty does not answer.").waitFor();
    await page.unroute(/\/api\/search\?/);
    await page.getByRole("button", { name: "Try again" }).click();
    await hitsOf(page, (hits) => assert.equal(hits[0]?.title, "Boat repair"));
  });

  it("also where it was put away, which is said", async () => {
    await openSearch(page, chatty.origin, "varnish");
    await hitsOf(page, (hits) => assert.ok(hits[0] !== undefined && !hits[0].titleNote.includes("archived")));
    await client.send("PATCH", `/api/sessions/${native}`, { archived: true });
    await hitsOf(page, (hits) => assert.match(hits[0]?.titleNote ?? "", /archived/));
  });

  it("and settings say how far the index is", async () => {
    await page.goto(`${chatty.origin}/app/settings/search`);
    const { sessions } = await client.get<SessionPage>("/api/sessions?limit=200");
    assert.ok(sessions.length > 5);
    await page.getByText(/\d+ messages in \d+ conversations can be found/).waitFor();
    await page.getByText("Everything is in the index.").waitFor();
    await page.getByRole("button", { name: "Make the index again" }).click();
    await page.getByText("The index is being made again.").first().waitFor();
    await page.getByText("Everything is in the index.").waitFor();
    await page.getByText("Off", { exact: true }).click();
    await until(async () => {
      const settings = await client.get<Record<string, unknown>>("/api/settings");
      assert.equal(settings["search.meaning"], false);
    });
  });

  it("and the page did nothing that it must not do", () => {
    browser.watch.assertQuiet(chatty.origin);
  });
});
