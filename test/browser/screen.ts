/**
 * The page as a person or a screen reader knows it: names and roles, and nothing of how it is built. Every test that acts on
 * the page does so through this file, so that a changed word is changed here once.
 */
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { until } from "./until.ts";

/** A row of the sidebar that is a conversation and is in sight, or nearly. */
export interface SidebarRow {
  sessionId: string;
  title: string;
  href: string;
  isHome: boolean;
  isCurrent: boolean;
}

const homeMark = "Home: ";

/** The part of the page that lists conversations. */
export function sidebar(page: Page): Locator {
  return page.getByRole("navigation", { name: /conversations/i });
}

/** What scrolls in it. */
export function sidebarScroller(page: Page): Locator {
  return sidebar(page).locator("ul").locator("..");
}

export async function sidebarRows(page: Page): Promise<SidebarRow[]> {
  const rows = await sidebar(page)
    .locator('li a[href^="/app/chat/"]')
    .evaluateAll((links) =>
      links
        .map((link) => ({
          href: link.getAttribute("href") ?? "",
          text: link.textContent ?? "",
          isCurrent: link.getAttribute("aria-current") === "page",
          at: link.getBoundingClientRect().top,
        }))
        .sort((left, right) => left.at - right.at),
    );
  const found: SidebarRow[] = [];
  for (const { href, text, isCurrent } of rows) {
    const isHome = text.startsWith(homeMark);
    found.push({
      sessionId: await sessionIdOf(page, decodeURIComponent(href.split("/").at(-1) ?? "")),
      title: isHome ? text.slice(homeMark.length) : text,
      href,
      isHome,
      isCurrent,
    });
  }
  return found;
}

/** A home's row leads to its slug. */
async function sessionIdOf(page: Page, threadId: string): Promise<string> {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-/.test(threadId)) return threadId;
  const origin = new URL(page.url()).origin;
  const response = await page.request.get(`${origin}/api/sessions/${encodeURIComponent(threadId)}`);
  if (!response.ok()) throw new Error(`${threadId} leads nowhere: ${response.status()}`);
  const { sessionId } = (await response.json()) as { sessionId: string };
  return sessionId;
}

/** Resolves when the page has opened the home of a construct under its slug. */
export async function isHomeOpen(page: Page, constructId: string): Promise<void> {
  await page.waitForURL(`**/app/chat/${constructId}_chat_with_${constructId}`, { timeout: 20_000 });
  await conversationTitle(page);
}

export async function conversationTitle(page: Page): Promise<string> {
  return await page.getByRole("textbox", { name: "Title of the conversation" }).inputValue();
}

/** Goes to a conversation by its address and waits until it is there. */
export async function openConversation(page: Page, origin: string, sessionId: string): Promise<void> {
  await page.goto(`${origin}/app/chat/${sessionId}`);
  await conversationTitle(page);
}

/** Name of the runtime that the switcher shows. */
export async function activeRuntimeName(page: Page): Promise<string> {
  const label = await switcher(page).getAttribute("aria-label");
  return /^Runtime: (.*)\. Switch$/.exec(label ?? "")?.[1] ?? "";
}

function switcher(page: Page): Locator {
  return page.getByRole("button", { name: /^Runtime: .*\. Switch$/ });
}

/** Switches by the menu of the sidebar. `name`: as the runtime is called. */
export async function switchRuntime(page: Page, name: string): Promise<void> {
  await switcher(page).click();
  await runtimeItems(page).filter({ hasText: name }).first().click();
}

function runtimeItems(page: Page): Locator {
  return page.getByRole("menu").getByRole("menuitemradio");
}

/** Names of all runtimes, as the switcher lists them. */
export async function runtimeNames(page: Page): Promise<string[]> {
  await switcher(page).click();
  await runtimeItems(page).first().waitFor();
  const names = await runtimeItems(page).evaluateAll((items) =>
    items.map((item) => {
      const copy = item.cloneNode(true) as HTMLElement;
      for (const mark of copy.querySelectorAll("[aria-hidden=true]")) mark.remove();
      // The name stands above how many conversations there are.
      return copy.querySelector("span > span")?.textContent?.trim() ?? "";
    }),
  );
  // A key that is pressed while the menu still opens goes nowhere, for a person as well.
  await until(async () => {
    await page.keyboard.press("Escape");
    assert.equal(await page.getByRole("menu").count(), 0);
  });
  return names;
}

/** Opens the menu of a conversation in the sidebar and chooses from it. */
export async function chooseFromRowMenu(page: Page, sessionId: string, item: RegExp): Promise<void> {
  const row = (await sidebarRows(page)).find((one) => one.sessionId === sessionId);
  if (row === undefined) throw new Error(`${sessionId} is not in the sidebar.`);
  const line = sidebar(page)
    .locator("li")
    .filter({ has: page.locator(`a[href="${row.href}"]`) })
    .first();
  await line.hover();
  await line.getByRole("button", { name: /^Menu of / }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** Opens the folders of years and months until a conversation of that title is in sight, and opens it. */
export async function openSidebarRow(page: Page, title: string): Promise<void> {
  const field = page.getByRole("searchbox", { name: "Search titles" });
  await field.fill(title);
  await sidebar(page).getByRole("link", { name: title, exact: true }).first().click();
  await field.fill("");
}

/** The part of a message that a person reads. */
export interface ShownMessage {
  id: string;
  role: string;
  text: string;
}

/** The messages that are in the page, in order, without what is folded away. */
export async function shownMessages(page: Page): Promise<ShownMessage[]> {
  return await page
    .getByRole("main")
    .locator("[data-message-id]")
    .evaluateAll((messages) =>
      messages
        .map((message) => {
          const copy = message.querySelector("[data-message-text]")?.cloneNode(true) as
            | HTMLElement
            | undefined;
          for (const extra of copy?.querySelectorAll("details, button, [aria-hidden=true], [data-chrome]") ??
            [])
            extra.remove();
          // Blocks of text stand apart on the screen and must not grow together here.
          for (const block of copy?.querySelectorAll(
            "p, li, pre, tr, td, th, h1, h2, h3, h4, h5, h6, blockquote, br",
          ) ?? [])
            block.append(" ");
          return {
            id: message.getAttribute("data-message-id") ?? "",
            role: message.getAttribute("data-role") ?? "",
            text: copy?.textContent ?? "",
            at: message.getBoundingClientRect().top,
          };
        })
        .sort((left, right) => left.at - right.at)
        .map(({ id, role, text }) => ({ id, role, text })),
    );
}

/** What scrolls in a conversation. */
export function messageScroller(page: Page): Locator {
  return page.getByRole("region", { name: "Messages" });
}

function messageOf(page: Page, id: string): Locator {
  return page.locator(`[data-message-id="${id}"]`);
}

/** The field that one writes into. */
export function composer(page: Page): Locator {
  return page.getByRole("textbox", { name: "Message", exact: true });
}

/** Writes a message and sends it with Enter, once it can be sent. */
export async function send(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await page.locator('button[aria-label="Send"][aria-disabled="false"]').waitFor();
  await composer(page).press("Enter");
  await page
    .getByRole("main")
    .locator('[data-message-id][data-role="user"]')
    .filter({ hasText: text.slice(0, 60) })
    .last()
    .waitFor();
}

/** Text of the newest answer; empty while there is none. */
export async function answerText(page: Page): Promise<string> {
  return (await shownMessages(page)).findLast(({ role }) => role === "assistant")?.text ?? "";
}

const stopButton = "Stop";

export async function stopAnswer(page: Page): Promise<void> {
  await page.getByRole("button", { name: stopButton }).click();
}

/** Resolves when the last message is answered, or is said to have failed, and nothing is being written. */
export async function waitForAnswer(page: Page): Promise<void> {
  const main = page.getByRole("main");
  await until(async () => {
    const shown = await shownMessages(page);
    if (shown.at(-1)?.role === "assistant" || (await main.getByRole("alert").count()) > 0) return;
    const last = shown.slice(-3).map(({ role, text }) => `${role}: ${text.slice(0, 80)}`);
    throw new Error(`There is no answer. The last messages in the page:\n${last.join("\n")}`);
  });
  await page
    .getByRole("button", { name: stopButton, exact: true })
    .waitFor({ state: "detached", timeout: 30_000 });
  await main.locator('[data-message-id][aria-busy="true"]').waitFor({ state: "detached", timeout: 30_000 });
}

/** What the page says about an answer that did not come. */
export async function failureText(page: Page): Promise<string> {
  return await page.getByRole("main").getByRole("alert").last().innerText();
}

export async function regenerate(page: Page, id: string): Promise<void> {
  await messageOf(page, id).hover();
  await messageOf(page, id).getByRole("button", { name: "Answer anew" }).first().click();
}

export async function editMessage(page: Page, id: string, text: string): Promise<void> {
  await messageOf(page, id).hover();
  await messageOf(page, id).getByRole("button", { name: "Edit and send again" }).click();
  await messageOf(page, id).getByRole("textbox").fill(text);
  await messageOf(page, id).getByRole("button", { name: "Send", exact: true }).click();
}

/** Chooses something of a message's menu. */
export async function chooseFromMessageMenu(page: Page, id: string, item: string): Promise<void> {
  await messageOf(page, id).hover();
  await messageOf(page, id).getByRole("button", { name: "More about this message" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** Which of how many branches a message begins; from 1. */
export async function siblingPosition(page: Page, id: string): Promise<{ position: number; count: number }> {
  const label = await messageOf(page, id)
    .getByRole("group", { name: /^Branch \d+ of \d+$/ })
    .getAttribute("aria-label");
  const [position = "0", count = "0"] = label?.match(/\d+/g) ?? [];
  return { position: Number(position), count: Number(count) };
}

export async function showSibling(page: Page, id: string, which: "previous" | "next"): Promise<void> {
  await messageOf(page, id)
    .getByRole("button", { name: which === "previous" ? "Earlier branch" : "Later branch" })
    .click();
}

/** Forks the open imported conversation. */
export async function continueHere(page: Page): Promise<void> {
  await page.getByRole("main").getByRole("button", { name: "Continue here" }).first().click();
}

export async function openPalette(page: Page): Promise<void> {
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("dialog").waitFor();
}

/** Goes to the dashboard and hands it a file as its picker would. */
export async function chooseFile(page: Page, path: string): Promise<void> {
  if (new URL(page.url()).pathname !== "/app") await openDashboard(page);
  await page.getByLabel("Export to import").first().setInputFiles(path);
}

/** Imports on the dashboard and stays until the page has opened the new runtime's home. */
export async function importOnPage(page: Page, path: string): Promise<void> {
  await chooseFile(page, path);
  await page.waitForURL("**/app/chat/**", { timeout: 60_000 });
}

/** From 0 to 1; 0 while no progress is shown. */
export async function importProgress(page: Page): Promise<number> {
  const shown = await page
    .getByRole("progressbar")
    .evaluateAll((bars) => bars.map((bar) => (bar instanceof HTMLProgressElement ? bar.value / bar.max : 0)));
  return shown[0] ?? 0;
}

export async function cancelImport(page: Page): Promise<void> {
  await page
    .getByRole("button", { name: /^cancel/i })
    .first()
    .click();
}

/** The card of a runtime on the dashboard. */
function card(page: Page, name: string): Locator {
  return page
    .getByRole("main")
    .getByRole("article")
    .filter({ has: page.getByRole("heading", { name, exact: true }) })
    .first();
}

async function openDashboard(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Runtimes" }).click();
  await page.getByRole("main").getByRole("heading", { level: 1, name: "Runtimes" }).waitFor();
}

/** Selects a runtime by its card. */
export async function selectOnDashboard(page: Page, name: string): Promise<void> {
  await openDashboard(page);
  await card(page, name).getByRole("button", { name, exact: true }).click();
}

/** Removes a runtime and reads what the page says about what stays. */
export async function removeRuntime(page: Page, name: string): Promise<string> {
  await openDashboard(page);
  await card(page, name)
    .getByRole("button", { name: `Menu of ${name}` })
    .click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  const dialog = page.getByRole("dialog").or(page.getByRole("alertdialog"));
  const said = await dialog.innerText();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await dialog.waitFor({ state: "detached" });
  return said;
}

export async function restoreRuntime(page: Page, name: string): Promise<void> {
  await openDashboard(page);
  await page.getByRole("button", { name: `Restore ${name}` }).click();
}

/** Starts a conversation in the active runtime. */
export async function startConversation(page: Page): Promise<void> {
  await page.getByRole("button", { name: "New conversation" }).click();
}
