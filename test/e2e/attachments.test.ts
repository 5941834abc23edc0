import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { assertScreenShows } from "../browser/compare-with-show.ts";
import { openSession } from "../browser/open-session.ts";
import { isHomeOpen, openConversation } from "../browser/screen.ts";
import { until } from "../browser/until.ts";

/** A picture of one pixel. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const slug = "synth-001_chat_with_synth-001";
const notes = Buffer.from("Two lines\nof notes with an ä\n", "utf8");

interface Shown {
  messages: { role: string; content: string; parts: { kind: string; fileId?: string; name?: string }[] }[];
}

test("files are attached by choosing and by dropping, kept byte for byte, and shown again", async (t) => {
  const { chatty, page, browser } = await openSession(t);
  await isHomeOpen(page, "synth-001");
  await page
    .getByLabel("Files to attach")
    .setInputFiles({ name: "dot.png", mimeType: "image/png", buffer: png });
  await dropFile(page, "notes.txt", "text/plain", notes.toString("utf8"));
  const chips = page.getByRole("list", { name: "Attached files" }).getByRole("listitem");
  await until(async () => assert.equal(await chips.count(), 2));
  await page.getByRole("textbox", { name: "Message", exact: true }).fill("Look at these.");
  await page.locator('button[aria-label="Send"][aria-disabled="false"]').click();
  await page.getByRole("button", { name: "Open the picture dot.png" }).waitFor();

  const shown = async (): Promise<Shown> => await chatty.ask<Shown>(["show", slug]);
  const kept = (await shown()).messages.find(({ role }) => role === "user");
  assert.equal(kept?.content, "Look at these.");
  const files = kept.parts.filter(({ fileId }) => fileId !== undefined);
  assert.deepEqual(
    files.map(({ kind, name }) => [kind, name]),
    [
      ["image", "dot.png"],
      ["file", "notes.txt"],
    ],
  );
  for (const [index, expected] of [png, notes].entries()) {
    const fileId = files[index]?.fileId ?? "";
    const bytes = await page.evaluate(async (id) => {
      const home = location.pathname.split("/").at(-1) ?? "";
      const response = await fetch(`/api/sessions/${home}/files/${encodeURIComponent(id)}`);
      return [...new Uint8Array(await response.arrayBuffer())];
    }, fileId);
    assert.deepEqual(Buffer.from(bytes), expected);
  }

  // Another tab, and a restarted server, show the same.
  await chatty.kill();
  await chatty.start();
  const other = await browser.tab();
  await other.goto(await chatty.newLink());
  await isHomeOpen(other, "synth-001");
  await openConversation(other, chatty.origin, slug);
  const picture = other.getByRole("img", { name: "dot.png" }).first();
  await until(async () => {
    assert.equal(await picture.evaluate((image) => (image as HTMLImageElement).naturalWidth), 1);
  });
  await assertScreenShows(other, chatty, slug);
  await other.getByRole("button", { name: "notes.txt" }).click();
  await other.getByRole("dialog").getByText("of notes with an ä").waitFor();
});

async function dropFile(page: Page, name: string, type: string, text: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([fileName, mime, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([content], fileName, { type: mime }));
      return data;
    },
    [name, type, text] as const,
  );
  const composer = page.getByRole("textbox", { name: "Message", exact: true });
  for (const event of ["dragenter", "dragover", "drop"]) {
    await composer.dispatchEvent(event, { dataTransfer: transfer });
  }
}
