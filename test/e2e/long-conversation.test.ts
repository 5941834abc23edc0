import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import type { MessageWindow, SessionPage } from "@chatty/server/api";
import { longMessage, makeBigVault } from "../bench/big-vault.ts";
import type { BigVault } from "../bench/big-vault.ts";
import { readable } from "../browser/compare-with-show.ts";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import {
  messageScroller,
  openConversation,
  shownMessages,
  sidebarRows,
  switchRuntime,
} from "../browser/screen.ts";
import { createServerClient } from "../browser/server-client.ts";
import type { ServerClient } from "../browser/server-client.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { createTemporaryFolder } from "../browser/temporary-folder.ts";
import { until } from "../browser/until.ts";

const count = 4000;

describe("long conversations and long lists stay small in the page", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let client: ServerClient;
  let vault: BigVault;

  before(async () => {
    const folder = createTemporaryFolder("big");
    ending.after(() => folder.remove());
    const opened = await openServer(ending, {
      prepare: async (home) => {
        vault = await makeBigVault(home, { conversations: 1500, messages: count }, folder.path);
      },
    });
    chatty = opened.chatty;
    client = await createServerClient(chatty.origin, chatty.link);
    browser = await openTestBrowser(ending);
    page = await browser.tab();
    await page.goto(await chatty.newLink());
    await page.waitForURL("**/app/chat/**");
  });

  it("opens at the newest message and holds a window of it", async () => {
    await openConversation(page, chatty.origin, vault.longSessionId);
    const shown = await until(async () => {
      const messages = await shownMessages(page);
      assert.equal(
        readable(messages.at(-1)?.text ?? "").slice(0, 12),
        readable(longMessage(count - 1)).slice(0, 12),
      );
      return messages;
    });
    assert.ok(shown.length < 200, `${shown.length} of ${count} messages are in the page`);
  });

  it("reaches the first message by the scrollbar, and the middle by a link", async () => {
    const scroller = messageScroller(page);
    await until(async () => {
      await scroller
        .press("Control+Home")
        .catch(() => scroller.evaluate((element) => element.scrollTo({ top: 0 })));
      await scroller.evaluate((element) => element.scrollTo({ top: 0 }));
      const [first] = await shownMessages(page);
      assert.match(first?.text ?? "", /^Message 0:/);
    }, 20_000);
    const window = await client.get<MessageWindow>(
      `/api/sessions/${vault.longSessionId}/messages?at=${count / 2}&limit=3`,
    );
    const middle = window.messages.find(({ index }) => index === count / 2);
    assert.ok(middle);
    await page.goto(`${chatty.origin}/app/chat/${vault.longSessionId}?m=${middle.id}`);
    await until(async () => {
      const target = page.locator(`[data-message-id="${middle.id}"]`);
      const box = await target.boundingBox();
      assert.ok(
        box !== null && box.y > -200 && box.y < 860,
        `the linked message is in sight: ${JSON.stringify(box)}`,
      );
    });
    assert.ok((await shownMessages(page)).length < 200);
  });

  it("shows every conversation of a long list, a part at a time", async () => {
    await switchRuntime(page, "ChatGPT");
    await page.waitForTimeout(300);
    const inPage = (await sidebarRows(page)).length;
    assert.ok(inPage < 200, `${inPage} rows are in the page`);
    let after: string | undefined;
    let seen = 0;
    do {
      const cursor = after === undefined ? "" : `&after=${encodeURIComponent(after)}`;
      const { sessions, next } = await client.get<SessionPage>(
        `/api/sessions?runtime=${vault.runtimeId}&limit=500${cursor}`,
      );
      seen += sessions.length;
      after = next;
    } while (after !== undefined);
    assert.equal(seen, 1501);
  });

  it("finds a title while one types", async () => {
    const { sessions } = await client.get<SessionPage>(`/api/sessions?runtime=${vault.runtimeId}&title=1234`);
    const wanted = sessions.find(({ title }) => title.endsWith(" 1234"));
    assert.ok(wanted);
    await page
      .getByRole("searchbox")
      .or(page.getByRole("textbox", { name: /search/i }))
      .first()
      .fill(wanted.title);
    await until(async () =>
      assert.ok((await sidebarRows(page)).some(({ sessionId }) => sessionId === wanted.sessionId)),
    );
  });

  it("made the page do nothing that it must not do", () => {
    browser.watch.assertQuiet(chatty.origin);
  });
});
