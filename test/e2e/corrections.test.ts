// Correcting what was said, and taking it back by toast and by key.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import type { HomeList, MessageWindow } from "@chatty/server/api";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { chooseFromMessageMenu, messageScroller, shownMessages } from "../browser/screen.ts";
import { createServerClient } from "../browser/server-client.ts";
import type { ServerClient } from "../browser/server-client.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import type { TestBrowser } from "../browser/open-browser.ts";
import { until } from "../browser/until.ts";

const home = "synth-001_chat_with_synth-001";
const first = "The kettle is bleu.";
const better = "The kettle is blue.";

describe("what was said can be corrected, and nothing is lost by it", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let client: ServerClient;

  before(async () => {
    ({ chatty } = await openServer(ending));
    client = await createServerClient(chatty.origin, chatty.link);
    await chatty.ask(["append", home, "--role", "user"], first);
    await chatty.ask(["append", home, "--role", "assistant"], "Kettles often are.");
    browser = await openTestBrowser(ending);
    page = await browser.tab();
    await page.goto(await chatty.newLink());
    await page.waitForURL("**/app/chat/**");
  });

  const shows = async (text: string): Promise<void> => {
    await until(async () => assert.equal((await shownMessages(page))[0]?.text.trim(), text));
    const { messages } = await client.get<MessageWindow>(`/api/sessions/${home}/messages`);
    assert.deepEqual(
      messages.map(({ content }) => content),
      [text, "Kettles often are."],
    );
  };

  it("puts another text in the place of a message and says that it was edited", async () => {
    await shows(first);
    const [message] = await shownMessages(page);
    assert.ok(message);
    await chooseFromMessageMenu(page, message.id, "Correct the text");
    const row = page.locator(`[data-message-id="${message.id}"]`);
    await row.getByRole("textbox").fill(better);
    await row.getByRole("button", { name: "Save" }).click();
    await shows(better);
    await row.getByText("edited").waitFor();
  });

  it("takes it back from the toast, and again by the keyboard", async () => {
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await shows(first);
    await messageScroller(page).click();
    await page.keyboard.press("Control+Shift+KeyZ");
    await shows(better);
    await page.keyboard.press("Control+KeyZ");
    await shows(first);
  });

  it("leaves the keys to a field that is being written in", async () => {
    const field = page.getByRole("textbox", { name: /message/i }).first();
    await field.fill("half a thought");
    await field.press("Control+KeyZ");
    await shows(first);
  });

  it("tells which conversations were the home", async () => {
    const { homes } = await client.get<HomeList>("/api/runtimes/synth/homes");
    assert.equal(homes.length, 1);
    assert.equal(homes[0]?.until, undefined);
  });

  it("made the page do nothing that it must not do", () => {
    browser.watch.assertQuiet(chatty.origin);
  });
});
