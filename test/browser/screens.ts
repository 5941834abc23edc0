import type { Page } from "playwright-core";
import type { JobStarted, MessageWindow, SessionPage } from "@chatty/server/api";
import { waitForJob } from "./server-client.ts";
import type { ServerClient } from "./server-client.ts";
import { openPalette } from "./screen.ts";

/** A screen of the page that a picture can be taken of. */
export interface Screen {
  name: string;
  open: (page: Page, origin: string) => Promise<void>;
}

/** The screens that only a newcomer sees: nothing was imported yet. */
export const newcomerScreens: readonly Screen[] = [
  { name: "welcome", open: goTo("/app/chat/synth-001_chat_with_synth-001") },
  { name: "dashboard-of-a-newcomer", open: goTo("/app") },
  { name: "imports-of-a-newcomer", open: goTo("/app/imports") },
];

/** Every other screen, on a vault that holds the demo. */
export async function demoScreens(client: ServerClient): Promise<Screen[]> {
  const shown = await presentable(client);
  await waitForJob(client, (await client.send<JobStarted>("POST", "/api/backups")).jobId);
  return [
    { name: "home", open: goTo("/app/chat/synth-001_chat_with_synth-001") },
    { name: "imported-home", open: goTo("/app/chat/chatgpt-robin-001_chat_with_chatgpt-robin-001") },
    { name: "conversation", open: goTo(`/app/chat/${shown}`) },
    { name: "dashboard", open: goTo("/app") },
    { name: "imports", open: goTo("/app/imports") },
    { name: "settings-providers", open: goTo("/app/settings/providers") },
    { name: "settings-appearance", open: goTo("/app/settings/appearance") },
    { name: "search-start", open: goTo("/app/search") },
    { name: "search", open: search("light") },
    {
      name: "found",
      async open(page, origin) {
        await search("tomatoes")(page, origin);
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("Enter");
        await page.getByRole("region", { name: "Found in this conversation" }).waitFor();
        await page.waitForTimeout(400);
      },
    },
    { name: "settings-search", open: goTo("/app/settings/search") },
    { name: "settings-data", open: goTo("/app/settings/data") },
    {
      name: "settings-backups",
      async open(page, origin) {
        await goTo("/app/settings/data")(page, origin);
        await page.getByRole("region", { name: "Backups" }).scrollIntoViewIfNeeded();
        await page.getByRole("heading", { name: "Backups" }).evaluate((heading) => heading.scrollIntoView());
        await page.waitForTimeout(250);
      },
    },
    { name: "settings-about", open: goTo("/app/settings/about") },
    {
      name: "palette",
      async open(page, origin) {
        await goTo(`/app/chat/${shown}`)(page, origin);
        await openPalette(page);
        await page.waitForTimeout(300);
      },
    },
    {
      name: "sidebar",
      async open(page, origin) {
        await goTo(`/app/chat/${shown}`)(page, origin);
        // On a wide window it stands there already.
        const opener = page.getByRole("button", { name: "Open the sidebar" });
        if (await opener.isVisible()) await opener.click();
        await page.waitForTimeout(300);
      },
    },
    { name: "conversation-as-it-was", open: goTo(`/app/chat/${shown}?at=4000000000000`) },
    {
      name: "settings-trash",
      async open(page, origin) {
        await goTo("/app/settings/data")(page, origin);
        await page.getByRole("heading", { name: "Trash" }).evaluate((heading) => heading.scrollIntoView());
        await page.waitForTimeout(250);
      },
    },
    { name: "unknown-conversation", open: goTo("/app/chat/0198c0de-0000-7000-8000-000000000000") },
    { name: "unknown-address", open: goTo("/app/nowhere") },
  ];
}

function goTo(path: string): Screen["open"] {
  return async (page, origin) => {
    await page.goto(`${origin}${path}`);
    await page.getByRole("main").waitFor();
    await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
    await page.waitForTimeout(250);
  };
}

/** The search page with its answer. */
function search(q: string): Screen["open"] {
  return async (page, origin) => {
    await goTo(`/app/search?q=${encodeURIComponent(q)}&mode=text`)(page, origin);
    await page
      .getByRole("search")
      .getByRole("status")
      .filter({ hasText: /message/ })
      .waitFor();
    await page.waitForTimeout(250);
  };
}

/** A conversation with code in letters that every machine has a font for. */
async function presentable(client: ServerClient): Promise<string> {
  const { sessions } = await client.get<SessionPage>(
    "/api/sessions?runtime=chatgpt-robin&kind=imported&limit=100",
  );
  for (const { sessionId } of sessions) {
    const { messages } = await client.get<MessageWindow>(`/api/sessions/${sessionId}/messages?limit=20`);
    const text = messages.map(({ content }) => content).join("\n");
    if (text.includes("```") && !/[^\u0000-\u024f\u2000-\u206f]/.test(text)) return sessionId;
  }
  throw new Error("The demo has no conversation with code in Latin letters.");
}
