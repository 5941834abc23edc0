// Deleting, bringing back, and deleting for good, as a person does it.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import type { Session } from "@chatty/server/api";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { chooseFromRowMenu, openSidebarRow, shownMessages, sidebarRows } from "../browser/screen.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { until } from "../browser/until.ts";

const title = "Quarrelsome marmalade";
const canary = "a very particular zeppelin 7141";

describe("what is deleted rests, comes back whole, and goes for good only when asked", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let sessionId = "";

  before(async () => {
    ({ chatty } = await openServer(ending));
    const words = ["sessions", "new", "--runtime", "synth", "--title", title];
    sessionId = (await chatty.ask<{ session: Session }>(words)).session.sessionId;
    await chatty.ask(["append", sessionId, "--role", "user"], canary);
    browser = await openTestBrowser(ending);
    page = await browser.tab();
    await page.goto(chatty.link);
    await page.waitForURL("**/app/chat/**");
  });

  const isListed = async (isWanted: boolean): Promise<void> => {
    await until(async () => {
      const ids = (await sidebarRows(page)).map((row) => row.sessionId);
      assert.equal(ids.includes(sessionId), isWanted);
    });
  };
  const showDeleted = async (): Promise<void> => {
    await page.getByRole("button", { name: "Archived and deleted conversations" }).click();
    await page.getByRole("menuitem", { name: "Deleted" }).click();
    await isListed(true);
  };
  const showCurrent = async (): Promise<void> => {
    await page.getByRole("button", { name: "Back", exact: true }).click();
  };

  it("leaves the list, and comes back with everything in it", async () => {
    await isListed(true);
    await chooseFromRowMenu(page, sessionId, /^Delete/);
    await isListed(false);
    await showDeleted();
    await chooseFromRowMenu(page, sessionId, /^Restore/);
    await isListed(false);
    await showCurrent();
    await isListed(true);
    await openSidebarRow(page, title);
    await until(async () => assert.equal((await shownMessages(page))[0]?.text.trim(), canary));
  });

  it("goes for good after a question that can be answered with no", async () => {
    await page.goto(`${chatty.origin}/`);
    await isListed(true);
    await chooseFromRowMenu(page, sessionId, /^Delete/);
    await isListed(false);
    await showDeleted();
    await chooseFromRowMenu(page, sessionId, /^Delete for good/);
    const dialog = page.getByRole("dialog").or(page.getByRole("alertdialog"));
    assert.match(await dialog.innerText(), /Nothing brings them back/);
    await dialog.getByRole("button", { name: "Keep it" }).click();
    await dialog.waitFor({ state: "detached" });
    await isListed(true);

    await chooseFromRowMenu(page, sessionId, /^Delete for good/);
    await dialog.getByRole("button", { name: "Delete for good" }).click();
    await isListed(false);
    await page.goto(`${chatty.origin}/app/chat/${sessionId}`);
    await page
      .getByText(/no conversation|not found|nothing/i)
      .first()
      .waitFor();
  });

  it("says in the settings until when it rests, and takes from there", async () => {
    const words = ["sessions", "new", "--runtime", "synth", "--title", "Short-lived"];
    const { session } = await chatty.ask<{ session: Session }>(words);
    await chatty.ask(["sessions", "delete", session.sessionId]);
    await page.goto(`${chatty.origin}/app/settings/data`);
    const trash = page.getByRole("region", { name: "Trash" });
    await trash.getByText("Short-lived").waitFor();
    await trash.getByText(/, goes /).waitFor();
    await trash.getByText("For ever").click();
    await trash.getByText(/, goes /).waitFor({ state: "detached" });
    await trash.getByRole("button", { name: "Restore Short-lived" }).click();
    await trash.getByText("It is empty.").waitFor();
    await chatty.ask(["sessions", "delete", session.sessionId]);
    await page.reload();
    await trash.getByRole("button", { name: "Delete Short-lived for good" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete for good" }).click();
    await trash.getByText("It is empty.").waitFor();
  });

  it("takes back a new name and a new home, too", async () => {
    const words = ["sessions", "new", "--runtime", "synth", "--title", "Named well"];
    const { session } = await chatty.ask<{ session: Session }>(words);
    await page.goto(`${chatty.origin}/`);
    const rows = async () => await sidebarRows(page);
    await until(async () => assert.ok((await rows()).some((row) => row.sessionId === session.sessionId)));
    await chooseFromRowMenu(page, session.sessionId, /^Rename/);
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("Named badly");
    await page.keyboard.press("Enter");
    await page.getByText("It is called “Named badly” now.").waitFor();
    await page.getByRole("button", { name: "Undo" }).last().click();
    await until(async () => {
      assert.equal((await rows()).find((row) => row.sessionId === session.sessionId)?.title, "Named well");
    });

    const former = (await rows()).find(({ isHome }) => isHome)?.sessionId;
    await chooseFromRowMenu(page, session.sessionId, /make.*home/i);
    await until(async () =>
      assert.equal((await rows()).find(({ isHome }) => isHome)?.sessionId, session.sessionId),
    );
    await page.getByRole("button", { name: "Undo" }).last().click();
    await until(async () => assert.equal((await rows()).find(({ isHome }) => isHome)?.sessionId, former));
  });

  it("made the page do nothing that it must not do", () => {
    browser.watch.assertQuiet(chatty.origin);
  });

  it("leaves no word of it in the vault", async () => {
    await chatty.stop();
    for (const entry of globSync("**/*", { cwd: chatty.home, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      for (const word of [title, canary]) {
        assert.ok(!bytes.includes(word), `${path.slice(chatty.home.length + 1)} still says "${word}"`);
        assert.ok(!entry.name.includes(word));
      }
    }
  });
});
