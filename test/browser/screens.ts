import type { Page } from "playwright-core";
import type { SessionPage } from "@chatty/server/api";
import type { ServerClient } from "./server-client.ts";
import { openPalette } from "./screen.ts";

/** A screen of the page that a picture can be taken of. */
export interface Screen {
  name: string;
  open: (page: Page, origin: string) => Promise<void>;
}

/** Every screen, on a vault that holds the demo. */
export async function demoScreens(client: ServerClient): Promise<Screen[]> {
  const { sessions } = await client.get<SessionPage>(
    "/api/sessions?runtime=chatgpt-robin&kind=imported&limit=100",
  );
  const long = [...sessions].sort((left, right) => right.messageCount - left.messageCount)[0];
  const goTo =
    (path: string): Screen["open"] =>
    async (page, origin) => {
      await page.goto(`${origin}${path}`);
      await page.getByRole("main").waitFor();
      await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
      await page.waitForTimeout(250);
    };
  return [
    { name: "home", open: goTo("/app/chat/synth-001_chat_with_synth-001") },
    { name: "imported-home", open: goTo("/app/chat/chatgpt-robin-001_chat_with_chatgpt-robin-001") },
    { name: "conversation", open: goTo(`/app/chat/${long?.sessionId ?? "none"}`) },
    { name: "dashboard", open: goTo("/app") },
    { name: "imports", open: goTo("/app/imports") },
    { name: "settings-providers", open: goTo("/app/settings/providers") },
    { name: "settings-appearance", open: goTo("/app/settings/appearance") },
    { name: "settings-data", open: goTo("/app/settings/data") },
    { name: "settings-about", open: goTo("/app/settings/about") },
    {
      name: "palette",
      async open(page, origin) {
        await goTo(`/app/chat/${long?.sessionId ?? "none"}`)(page, origin);
        await openPalette(page);
        await page.waitForTimeout(300);
      },
    },
    { name: "unknown-conversation", open: goTo("/app/chat/0198c0de-0000-7000-8000-000000000000") },
    { name: "unknown-address", open: goTo("/app/nowhere") },
  ];
}
