import assert from "node:assert/strict";
import { test } from "node:test";
import { openSession } from "../browser/open-session.ts";
import { conversationTitle, isHomeOpen, shownMessages, sidebarRows } from "../browser/screen.ts";
import { until } from "../browser/until.ts";

test("a newcomer finds Synth's home, what it offers, and in two clicks a conversation", async (t) => {
  const { page, browser, chatty } = await openSession(t);
  await isHomeOpen(page, "synth-001");
  assert.equal(await conversationTitle(page), "Synth");
  const main = page.getByRole("main");
  await main.getByRole("link", { name: /import/i }).waitFor();
  const demo = main.getByRole("button", { name: /demo/i });

  await demo.click();
  const imported = await until(async () => {
    const row = (await sidebarRows(page)).find(({ isHome, href }) => !isHome && href.includes("/app/chat/"));
    assert.ok(row, "no conversation of the demo is listed");
    return row;
  }, 60_000);
  await page.locator(`nav a[href="${imported.href}"]`).click();

  await until(async () => {
    const said = (await shownMessages(page)).filter(({ text }) => text.trim() !== "");
    assert.ok(said.length >= 2, "nothing can be read");
  });
  browser.watch.assertQuiet(chatty.origin);
});
