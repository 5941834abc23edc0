import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { RunningChatty } from "./start-chatty.ts";
import { shownMessages } from "./screen.ts";
import { until } from "./until.ts";

/** The part of `chatty show --json` that a page can be held to. */
export interface ShownConversation {
  session: { sessionId: string; title: string };
  activePath: string[];
  messages: {
    id: string;
    parentId: string | null;
    role: string;
    content: string;
    hidden: boolean;
    model?: string;
  }[];
}

/** Ids and texts of the active path, as the command line tells them. */
export async function toldMessages(
  chatty: RunningChatty,
  sessionId: string,
): Promise<{ id: string; text: string }[]> {
  const told = await chatty.ask<ShownConversation>(["show", sessionId]);
  const byId = new Map(told.messages.map((message) => [message.id, message]));
  return told.activePath.flatMap((id) => {
    const message = byId.get(id);
    return message === undefined || message.hidden ? [] : [{ id, text: readable(message.content) }];
  });
}

/** Waits until the open conversation shows exactly what `chatty show` tells of it, and fails with both when it does not. */
export async function assertScreenShows(page: Page, chatty: RunningChatty, sessionId: string): Promise<void> {
  const told = await toldMessages(chatty, sessionId);
  await until(async () => {
    const shown = (await shownMessages(page)).map(({ id, text }) => ({ id, text: readable(text) }));
    assert.deepEqual(shown, told, "the screen and `chatty show` differ");
  });
}

/** Text without the marks that Markdown takes away when it is set, and with single blanks. */
export function readable(text: string): string {
  return text
    .replace(/\*\*|`/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
