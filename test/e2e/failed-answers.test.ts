import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startStandInProvider } from "@chatty/runtimes/testing";
import type { StandInProvider } from "@chatty/runtimes/testing";
import type { Page } from "playwright-core";
import { addStandIn } from "../browser/add-stand-in.ts";
import { assertScreenShows, toldMessages } from "../browser/compare-with-show.ts";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { failureText, isHomeOpen, openConversation, send, waitForAnswer } from "../browser/screen.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";

/** What a person reads for each way in which a provider can fail; the words are the least that must be there. */
const failures: readonly { behaviour: string; says: RegExp }[] = [
  { behaviour: "refused-key", says: /key/i },
  { behaviour: "no-model", says: /model/i },
  { behaviour: "busy", says: /(limit|too many|busy|wait|7 s)/i },
  { behaviour: "too-long", says: /(too long|context)/i },
  { behaviour: "cut", says: /(cut|broke|connection)/i },
  { behaviour: "error-chunk", says: /(fell over|provider|failed|broke)/i },
  { behaviour: "broken", says: /(provider|server|try)/i },
  { behaviour: "overloaded", says: /(provider|overloaded|try|down)/i },
  { behaviour: "garbage", says: /(provider|understand|answer)/i },
];

describe("a failing provider costs nothing that was written", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let provider: StandInProvider;

  before(async () => {
    provider = await startStandInProvider();
    ending.after(async () => await provider.close());
    ({ chatty } = await openServer(ending));
    browser = await openTestBrowser(ending, { height: 2000 });
    page = await browser.tab();
    await page.goto(chatty.link);
    await isHomeOpen(page, "synth-001");
  });

  const newConversation = async (): Promise<string> => {
    const { session } = await chatty.ask<{ session: { sessionId: string } }>([
      "sessions",
      "new",
      "--runtime",
      "synth",
    ]);
    await openConversation(page, chatty.origin, session.sessionId);
    return session.sessionId;
  };

  it("without any provider the message is kept, and the page says what to do", async () => {
    const sessionId = await newConversation();
    await send(page, "is anybody there?");
    const main = page.getByRole("main");
    await main.getByText(/no model yet/i).waitFor();
    await main.getByRole("link", { name: "Set up a model" }).waitFor();
    await assertScreenShows(page, chatty, sessionId);
    assert.equal((await toldMessages(chatty, sessionId))[0]?.text, "is anybody there?");
  });

  for (const { behaviour, says } of failures) {
    it(`${behaviour}: says what happened and keeps the question`, async () => {
      if (behaviour === failures[0]?.behaviour) await addStandIn(page, provider.baseUrl);
      const sessionId = await newConversation();
      await send(page, `stand-in:${behaviour} please`);
      await waitForAnswer(page);
      assert.match(await failureText(page), says);
      await assertScreenShows(page, chatty, sessionId);
      assert.equal((await toldMessages(chatty, sessionId))[0]?.text, `stand-in:${behaviour} please`);
    });
  }

  it("a provider that went away is said to be down", async () => {
    await provider.close();
    const sessionId = await newConversation();
    await send(page, "are you still there?");
    await waitForAnswer(page);
    assert.match(await failureText(page), /(not answer|reach|down|running)/i);
    await assertScreenShows(page, chatty, sessionId);
  });

  it("made the page do nothing that it must not do", () => {
    browser.watch.assertQuiet(chatty.origin);
  });
});
