// The search page and what it leads to, as a person or a screen reader knows them. Beside screen.ts.
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { until } from "./until.ts";

export function searchField(page: Page): Locator {
  return page.getByRole("searchbox", { name: "Search everything" });
}

/** Goes to the search page by its address; by words alone, unless something else is said. */
export async function openSearch(page: Page, origin: string, q = "", mode = "text"): Promise<void> {
  const asked = new URLSearchParams({ ...(q === "" ? {} : { q }), ...(mode === "hybrid" ? {} : { mode }) });
  await page.goto(`${origin}/app/search?${asked.toString()}`);
  await searchField(page).waitFor();
}

/** A hit in sight. */
export interface ShownHit {
  title: string;
  /** When the newest of its hits was said, and whether the conversation was put away. */
  titleNote: string;
  /** Who said it, when, and where it stands. */
  line: string;
  snippet: string;
  /** The marked stretches of the snippet. */
  marks: string[];
  href: string;
}

export function results(page: Page): Locator {
  return page.getByRole("list", { name: "Results" });
}

/** Links to what was found, without those to conversations as a whole. */
export function hitLinks(page: Page): Locator {
  return results(page).locator("a[data-stop]");
}

export async function shownHits(page: Page): Promise<ShownHit[]> {
  return await results(page)
    .locator("li")
    .evaluateAll((rows) => {
      const found: {
        title: string;
        titleNote: string;
        line: string;
        snippet: string;
        marks: string[];
        href: string;
      }[] = [];
      let title = "";
      let titleNote = "";
      const ordered = rows
        .map((row) => ({ row, top: row.getBoundingClientRect().top }))
        .sort((a, b) => a.top - b.top);
      for (const { row } of ordered) {
        const heading = row.querySelector("h2");
        if (heading !== null) {
          title = heading.querySelector("a")?.textContent ?? "";
          titleNote = heading.lastElementChild?.textContent ?? "";
        }
        const link = row.querySelector("a[data-stop]");
        if (link === null) continue;
        const [line, snippet] = link.children;
        found.push({
          title,
          titleNote,
          line: line?.textContent ?? "",
          snippet: snippet?.textContent ?? "",
          marks: Array.from(snippet?.querySelectorAll("mark") ?? [], (mark) => mark.textContent ?? ""),
          href: link.getAttribute("href") ?? "",
        });
      }
      return found;
    });
}

/** What is said of the results: how many there are, and what went wrong. */
export async function searchStatus(page: Page): Promise<string> {
  return (await page.getByRole("search").getByRole("status").allTextContents()).join(" ").trim();
}

/** Resolves when the hits of the question are shown, and answers them. */
export async function hitsOf(page: Page, check: (hits: ShownHit[]) => void): Promise<ShownHit[]> {
  return await until(async () => {
    const hits = await shownHits(page);
    check(hits);
    return hits;
  });
}

/** A count on the left, by its words. */
export function facetValue(page: Page, part: string, name: string): Locator {
  return page
    .getByRole("region", { name: part, exact: true })
    .getByRole("button", { name: new RegExp(`^${name}`) });
}

export async function conditionChips(page: Page): Promise<string[]> {
  return await page.getByRole("list", { name: "Conditions" }).getByRole("listitem").allTextContents();
}

/** A month or a year of the histogram, such as `February 2024`. */
export function monthBar(page: Page, name: string): Locator {
  return page
    .getByRole("list", { name: "Messages over time" })
    .getByRole("button", { name: new RegExp(`^${name}: `) });
}

/** The bar over a conversation that somebody came to from a search. */
export function foundBar(page: Page): Locator {
  return page.getByRole("region", { name: "Found in this conversation" });
}

/** What is marked in the conversation, in the order of the page. */
export async function markedWords(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const highlight = CSS.highlights.get("found-words");
    return Array.from(highlight ?? [], (range) => (range instanceof Range ? range.toString() : ""));
  });
}

/** Waits until a message is drawn within the view of the conversation. */
export async function assertInSight(page: Page, messageId: string): Promise<void> {
  await until(async () => {
    const place = await page.evaluate((id) => {
      const message = document.querySelector(`[data-message-id="${id}"]`)?.getBoundingClientRect();
      const view = document.querySelector("[data-message-scroller]")?.getBoundingClientRect();
      if (message === undefined || view === undefined) return undefined;
      return { top: message.top - view.top, bottom: message.bottom - view.top, height: view.height };
    }, messageId);
    assert.ok(place !== undefined, `${messageId} is not drawn`);
    assert.ok(place.top < place.height && place.bottom > 0, JSON.stringify(place));
  });
}

/** The message that an address opens at. */
export function messageInAddress(page: Page): string {
  return new URL(page.url()).searchParams.get("m") ?? "";
}
