import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { startStandInProvider } from "@chatty/runtimes/testing";
import type { StandInProvider } from "@chatty/runtimes/testing";
import type { Page } from "playwright-core";
import { addStandIn } from "../browser/add-stand-in.ts";
import { assertScreenShows, toldMessages } from "../browser/compare-with-show.ts";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import {
  answerText,
  editMessage,
  isHomeOpen,
  openConversation,
  regenerate,
  send,
  showSibling,
  shownMessages,
  siblingPosition,
  stopAnswer,
  waitForAnswer,
} from "../browser/screen.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { until } from "../browser/until.ts";

describe("live chat shows what is kept", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let provider: StandInProvider;
  let sessionId = "";

  before(async () => {
    provider = await startStandInProvider({
      reply: (text, { messages }) =>
        `Answer ${messages.length} to “${text.slice(0, 40)}” ${"and on and on ".repeat(6)}to its end.`,
    });
    ending.after(async () => await provider.close());
    ({ chatty } = await openServer(ending));
    // High enough for a whole short conversation, because only what is in sight is in the page.
    browser = await openTestBrowser(ending, { height: 3000 });
    page = await browser.tab();
    await page.goto(chatty.link);
    await isHomeOpen(page, "synth-001");
    await addStandIn(page, provider.baseUrl);
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

  it("streams an answer as it comes and keeps it", async () => {
    await send(page, "stand-in:delay=60 hello");
    const lengths = new Set<number>();
    const seen = await until(async () => {
      lengths.add((await answerText(page)).length);
      assert.ok((await answerText(page)).includes("to its end."));
      return lengths.size;
    });
    assert.ok(seen >= 4, `the text grew in ${seen} steps`);
    await waitForAnswer(page);
    await assertScreenShows(page, chatty, sessionId);
    const [question, answer] = await toldMessages(chatty, sessionId);
    assert.equal(question?.text, "stand-in:delay=60 hello");
    assert.match(answer?.text ?? "", /^Answer \d+ to/);
  });

  it("stops when told, and keeps what came", async () => {
    await send(page, "stand-in:delay=150 stop me");
    await until(async () => assert.ok((await answerText(page)).length > 12));
    await stopAnswer(page);
    await waitForAnswer(page);
    await assertScreenShows(page, chatty, sessionId);
    const answer = (await toldMessages(chatty, sessionId)).at(-1);
    assert.ok(answer !== undefined && !answer.text.includes("to its end."), "it was stopped before its end");
    await until(() => assert.equal(provider.requests.at(-1)?.aborted, true, "the provider was told too"));
  });

  it("answers anew beside the first answer, and shows either", async () => {
    await send(page, "first question");
    await waitForAnswer(page);
    const [, first] = await shownMessages(page);
    assert.ok(first);
    await regenerate(page, first.id);
    await until(async () => assert.notEqual((await shownMessages(page))[1]?.id, first.id));
    await waitForAnswer(page);
    await assertScreenShows(page, chatty, sessionId);
    const [, second] = await shownMessages(page);
    assert.ok(second);
    assert.deepEqual(await siblingPosition(page, second.id), { position: 2, count: 2 });
    await showSibling(page, second.id, "previous");
    await until(async () => assert.equal((await shownMessages(page))[1]?.id, first.id));
    assert.deepEqual(await siblingPosition(page, first.id), { position: 1, count: 2 });
    await showSibling(page, first.id, "next");
    await until(async () => assert.equal((await shownMessages(page))[1]?.id, second.id));
  });

  it("sends an edited message on a branch of its own", async () => {
    await send(page, "with a mistkae");
    await waitForAnswer(page);
    const [question] = await shownMessages(page);
    assert.ok(question);
    await editMessage(page, question.id, "without a mistake");
    await until(async () => assert.match((await shownMessages(page))[0]?.text ?? "", /without a mistake/));
    await waitForAnswer(page);
    await assertScreenShows(page, chatty, sessionId);
    const [edited] = await shownMessages(page);
    assert.ok(edited);
    assert.deepEqual(await siblingPosition(page, edited.id), { position: 2, count: 2 });
    await showSibling(page, edited.id, "previous");
    await until(async () => assert.match((await shownMessages(page))[0]?.text ?? "", /with a mistkae/));
  });

  it("goes on after a reload in mid-stream", async () => {
    await send(page, "stand-in:delay=120 reload me");
    await until(async () => assert.ok((await answerText(page)).length > 12));
    await page.reload();
    await until(async () => {
      const text = await answerText(page);
      assert.ok(text.length > 12 && !text.includes("to its end."), `in mid-stream again: ${text}`);
    });
    await waitForAnswer(page);
    await until(async () => assert.ok((await answerText(page)).includes("to its end.")));
    await assertScreenShows(page, chatty, sessionId);
  });

  it("goes on with its tab closed, and streams into a second one", async () => {
    await send(page, "stand-in:delay=120 two of us");
    await until(async () => assert.ok((await answerText(page)).length > 12));
    const other = await browser.context.newPage();
    await openConversation(other, chatty.origin, sessionId);
    await until(async () => assert.ok((await answerText(other)).length > 12));
    assert.ok(!(await answerText(other)).includes("to its end."), "the second tab came in mid-stream");
    await waitForAnswer(other);
    await waitForAnswer(page);
    await assertScreenShows(other, chatty, sessionId);
    await assertScreenShows(page, chatty, sessionId);
    await other.close();
  });

  it("shows a message sent in one tab in the other", async () => {
    const other = await browser.context.newPage();
    await openConversation(other, chatty.origin, sessionId);
    await send(page, "from the first tab");
    await waitForAnswer(page);
    await assertScreenShows(other, chatty, sessionId);
    await other.close();
  });

  it("keeps question and part of an answer when the server is killed in mid-stream", async () => {
    await send(page, "stand-in:delay=150 kill me");
    // Long enough for a checkpoint: they are written every two seconds.
    await until(async () => assert.ok((await answerText(page)).length > 90));
    const port = Number(new URL(chatty.origin).port);
    await chatty.kill();
    await chatty.start({ port });
    await page.goto(`${chatty.origin}/app/chat/${sessionId}`);
    await assertScreenShows(page, chatty, sessionId);
    const told = await toldMessages(chatty, sessionId);
    assert.equal(told[0]?.text, "stand-in:delay=150 kill me");
    assert.match(told[1]?.text ?? "", /^Answer \d+ to/, "the checkpoint is there");
    await send(page, "and now go on");
    await waitForAnswer(page);
    await assertScreenShows(page, chatty, sessionId);
  });

  it("made the page do nothing that it must not do", () => {
    browser.watch.assertQuiet(chatty.origin);
  });
});
