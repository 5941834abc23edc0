// What earlier conversations say reaches the model, is shown under the answer, leads to where it was said, and can be switched off.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startStandInProvider } from "@chatty/runtimes/testing";
import type { StandInProvider, StandInRequest } from "@chatty/runtimes/testing";
import type { Page } from "playwright-core";
import type { Session } from "@chatty/server/api";
import { addStandIn } from "../browser/add-stand-in.ts";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { isHomeOpen, openConversation, send, shownMessages, waitForAnswer } from "../browser/screen.ts";
import { createServerClient } from "../browser/server-client.ts";
import type { ServerClient } from "../browser/server-client.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { until } from "../browser/until.ts";

const boatText = "We decided that the sailing boat is called Saltwind, after the old ferry.";

describe("what earlier conversations say", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let provider: StandInProvider;
  let client: ServerClient;
  let boat = "";

  const newConversation = async (title: string): Promise<string> => {
    const words = ["sessions", "new", "--runtime", "synth", "--title", title];
    return (await chatty.ask<{ session: Session }>(words)).session.sessionId;
  };
  const lastSent = (): StandInRequest => {
    const sent = provider.requests.findLast(({ path }) => path.endsWith("/completions"));
    assert.ok(sent !== undefined);
    return sent;
  };
  const summary = () => page.getByText(/^Recalled from \d+ earlier passages?$/);
  const button = (on: Page) => on.getByRole("button", { name: "Recall earlier conversations" });

  before(async () => {
    provider = await startStandInProvider({ reply: () => "It is called Saltwind [1]." });
    ending.after(async () => await provider.close());
    ({ chatty } = await openServer(ending));
    client = await createServerClient(chatty.origin, chatty.link);
    browser = await openTestBrowser(ending, { height: 1600 });
    page = await browser.tab();
    await page.goto(await chatty.newLink());
    await isHomeOpen(page, "synth-001");
    await addStandIn(page, provider.baseUrl);
    boat = await newConversation("Naming the boat");
    await client.send("POST", `/api/sessions/${boat}/messages`, { role: "user", content: boatText });
  });

  it("is given to the model, shown under the answer, and opens where it was said", async () => {
    const later = await newConversation("Later");
    await openConversation(page, chatty.origin, later);
    await until(async () => assert.equal(await button(page).getAttribute("aria-pressed"), "true"));
    await send(page, "What is my sailing boat called?");
    await waitForAnswer(page);
    assert.match(JSON.stringify(lastSent().messages), /Saltwind, after the old ferry/);
    await summary().click();
    const passage = page.locator("[data-recalled]").first();
    await until(async () =>
      assert.match(await passage.innerText(), /Naming the boat[^]*Saltwind, after the old ferry/),
    );
    await page.getByRole("link", { name: "Passage 1" }).click();
    await page.waitForURL(`**/app/chat/${boat}?m=*`);
    await page.goBack();
    await summary().waitFor();
    await page.reload();
    await summary().waitFor();
    await summary().click();
    await page.locator("[data-recalled]").first().getByRole("link", { name: "Naming the boat" }).click();
    await page.waitForURL(`**/app/chat/${boat}?m=*`);
    await until(async () => assert.equal((await shownMessages(page))[0]?.text.trim(), boatText));
  });

  it("is not looked for and not sent when it is switched off here, in both tabs and after a reload", async () => {
    const quiet = await newConversation("Quiet");
    await openConversation(page, chatty.origin, quiet);
    const other = await browser.context.newPage();
    await openConversation(other, chatty.origin, quiet);
    await until(async () => assert.equal(await button(other).getAttribute("aria-pressed"), "true"));
    await button(page).click();
    await until(async () => assert.equal(await button(page).getAttribute("aria-pressed"), "false"));
    await until(async () => assert.equal(await button(other).getAttribute("aria-pressed"), "false"));
    await page.reload();
    await until(async () => assert.equal(await button(page).getAttribute("aria-pressed"), "false"));
    await send(page, "What is my sailing boat called?");
    await waitForAnswer(page);
    const { messages } = lastSent();
    assert.equal(messages.at(-1)?.content, "What is my sailing boat called?");
    assert.doesNotMatch(JSON.stringify(messages), /Saltwind|Quotations|mark/);
    assert.equal(await summary().count(), 0);
    await other.close();
  });

  it("follows the settings: never, and not from a runtime that is switched off", async () => {
    await page.goto(`${chatty.origin}/app/settings/search`);
    const lin = page.getByRole("checkbox", { name: "Chatty" });
    await lin.click();
    await until(async () => {
      const { "recall.exceptRuntimes": except } = await client.get<Record<string, unknown>>("/api/settings");
      assert.deepEqual(except, ["synth"]);
    });
    const without = await newConversation("Without");
    await openConversation(page, chatty.origin, without);
    await send(page, "What is my sailing boat called?");
    await waitForAnswer(page);
    assert.doesNotMatch(JSON.stringify(lastSent().messages), /Saltwind, after/);
    await page.goto(`${chatty.origin}/app/settings/search`);
    await page.getByRole("checkbox", { name: "Chatty" }).click();
    await page.getByText("Never", { exact: true }).click();
    await until(async () => {
      assert.partialDeepStrictEqual(await client.get("/api/settings"), {
        "recall.on": false,
        "recall.exceptRuntimes": [],
      });
    });
    await openConversation(page, chatty.origin, without);
    await until(async () => assert.equal(await button(page).getAttribute("aria-pressed"), "false"));
  });

  it("has a summary of the conversation in its own words, and one by a model only when asked", async () => {
    await openConversation(page, chatty.origin, boat);
    await page.getByRole("button", { name: "More about this conversation" }).click();
    await page.getByRole("menuitem", { name: "Summary" }).click();
    const dialog = page.getByRole("dialog", { name: "Summary" });
    await dialog.getByText("No model wrote this", { exact: false }).waitFor();
    await dialog.getByText(boatText).waitFor();
    const before = provider.requests.length;
    await dialog.getByRole("button", { name: "Have a model write it" }).click();
    await dialog.getByText(/^Written by .*\/answer on /).waitFor();
    await dialog.getByText("It is called Saltwind [1].").waitFor();
    assert.equal(provider.requests.length, before + 1);
  });
});
