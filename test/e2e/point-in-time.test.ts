// A conversation as it was: chosen from its menu, read, left again, and never changed by it.
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import type { Session } from "@chatty/server/api";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { openConversation, shownMessages } from "../browser/screen.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { until } from "../browser/until.ts";

describe("a conversation as it was", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let sessionId = "";
  /** Moments between the changes. */
  const moments: number[] = [];

  const append = async (text: string): Promise<string> => {
    const words = ["append", sessionId, "--role", "user"];
    return (await chatty.ask<{ messageId: string }>(words, text)).messageId;
  };
  const mark = async (): Promise<void> => {
    await wait(30);
    moments.push(Date.now());
    await wait(30);
  };
  const texts = async (): Promise<string[]> => (await shownMessages(page)).map(({ text }) => text.trim());
  const goTo = async (moment: number): Promise<void> => {
    await page.goto(`${chatty.origin}/app/chat/${sessionId}?at=${moment}`);
    await page.getByText(/^As it was on /).waitFor();
  };

  before(async () => {
    ({ chatty } = await openServer(ending));
    const made = await chatty.ask<{ session: Session }>(["sessions", "new", "--runtime", "synth"]);
    ({ sessionId } = made.session);
    await mark();
    await append("First.");
    await mark();
    await append("Second, soon deleted.");
    await mark();
    await chatty.ask(["sessions", "undo", sessionId]);
    await mark();
    await append("Third.");
    browser = await openTestBrowser(ending);
    page = await browser.tab();
    await page.goto(chatty.link);
    await page.waitForURL("**/app/chat/**");
  });

  it("shows what was there at each moment, as the command line tells it", async () => {
    const expected = [[], ["First."], ["First.", "Second, soon deleted."], ["First."]];
    for (const [index, moment] of moments.entries()) {
      await goTo(moment);
      await until(async () => assert.deepEqual(await texts(), expected[index], `moment ${index}`));
      const told = await chatty.ask<{ messages: { content: string }[] }>([
        "show",
        sessionId,
        "--at",
        String(moment),
      ]);
      assert.deepEqual(
        told.messages.map(({ content }) => content),
        expected[index],
      );
    }
    assert.equal(await page.getByRole("textbox", { name: "Message", exact: true }).count(), 0);
  });

  it("is reached from the menu, and left again", async () => {
    await openConversation(page, chatty.origin, sessionId);
    await page.getByRole("button", { name: "More about this conversation" }).click();
    await page.getByRole("menuitem", { name: "As it was…" }).click();
    await page.getByText(/^As it was on /).waitFor();
    await until(async () => assert.deepEqual(await texts(), ["First.", "Third."]));
    const field = page.getByLabel("Moment");
    await field.fill("2020-01-01T00:00:00");
    await page.getByText("There was nothing in it yet at that moment.").waitFor();
    await page.getByRole("link", { name: "Back to now" }).click();
    await until(async () => assert.deepEqual(await texts(), ["First.", "Third."]));
    await page.getByRole("textbox", { name: "Message", exact: true }).waitFor();
  });

  it("offers nothing that would change it", async () => {
    await goTo(moments[1] ?? 0);
    await until(async () => assert.deepEqual(await texts(), ["First."]));
    await page.locator("[data-message-id]").first().hover();
    await page.getByRole("button", { name: "More about this message" }).first().click();
    const items = await page.getByRole("menuitem").allInnerTexts();
    assert.ok(items.includes("Copy text"));
    assert.ok(!items.some((item) => /delete|edit|fork|anew/i.test(item)), items.join());
  });

  it("made the page do nothing that it must not do", () => {
    browser.watch.assertQuiet(chatty.origin);
  });
});
