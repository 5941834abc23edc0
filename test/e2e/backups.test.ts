// Backups as a person takes and restores them: Settings, Data.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import type { BackupList, Session } from "@chatty/server/api";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { createServerClient } from "../browser/server-client.ts";
import type { ServerClient } from "../browser/server-client.ts";
import { startChatty } from "../browser/start-chatty.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { until } from "../browser/until.ts";
import { chatgptZip, sampleConversations } from "../browser/vendor-exports.ts";

const home = "synth-001_chat_with_synth-001";

interface Shown {
  session: Session;
  messages: { content: string }[];
}

describe("backups, in the page", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let client: ServerClient;
  let folder = "";

  before(async () => {
    ({ chatty, folder } = await openServer(ending));
    client = await createServerClient(chatty.origin, chatty.link);
    const picture = join(folder, "picture.bin");
    writeFileSync(picture, randomBytes(3_000_000));
    await chatty.ask(["append", home, "--role", "user", "--file", picture], "Said before the backup.");
    await client.import("alex.zip", chatgptZip(sampleConversations));
    browser = await openTestBrowser(ending);
    page = await browser.tab();
    await page.goto(await chatty.newLink());
    await page.waitForURL("**/app/chat/**");
    await page.goto(`${chatty.origin}/app/settings/data`);
  });

  /** Waits until the page lists so many. */
  const listed = async (count: number): Promise<void> => {
    await until(async () => {
      assert.equal(
        await section()
          .getByRole("button", { name: /^Restore the backup of/ })
          .count(),
        count,
      );
    });
  };
  const section = () => page.getByRole("region", { name: "Backups" });
  const list = async (): Promise<BackupList> => await client.get<BackupList>("/api/backups");

  it("takes one when it is asked to, tests it, and lists it", async () => {
    await section().getByText("There is none yet.").waitFor();
    assert.notEqual((await list()).nextAt, null, "one a day is taken unless somebody says otherwise");
    await section().getByRole("button", { name: "Back up now" }).click();
    await section().getByText("Backup: done.").waitFor();
    await section().getByRole("img", { name: "Tested" }).or(section().getByLabel("Tested")).first().waitFor();
    const { backups, unreadable } = await list();
    assert.deepEqual(unreadable, []);
    assert.equal(backups.length, 1);
    assert.ok(backups[0]?.verified && backups[0].problems.length === 0);
    const { nextAt } = await list();
    const hours = ((nextAt ?? 0) - backups[0].at) / 3_600_000;
    assert.ok(hours > 23.9 && hours < 24.1, `the next one is due ${hours} hours after it`);
  });

  it("tests one again when it is asked to, and tells when it is no longer good", async () => {
    const [before] = (await list()).backups;
    await section()
      .getByRole("button", { name: /^Test the backup of/ })
      .click();
    await section().getByText("Test of a backup: done.").waitFor();
    const [after] = (await list()).backups;
    assert.ok(before && after && (after.testedAt ?? 0) > (before.testedAt ?? 0));
    assert.ok(after.verified);
    const [kept] = globSync("production/backups/**/*", { cwd: chatty.home, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => statSync(path).size > 2_000_000);
    assert.ok(kept, "the picture lies in the backup");
    const whole = readFileSync(kept);
    const damaged = Buffer.from(whole);
    damaged[1_000_000] = (damaged[1_000_000] ?? 0) ^ 1;
    writeFileSync(kept, damaged);
    const told = await chatty.ask<{ backups: { verified: boolean }[] }>(["backups", "--test"]);
    assert.equal(told.backups.at(-1)?.verified, false);
    writeFileSync(kept, whole);
    const mended = await chatty.ask<{ backups: { verified: boolean }[] }>(["backups", "--test"]);
    assert.equal(mended.backups.at(-1)?.verified, true);
  });

  it("copies only what is new the next time, into a folder that a person names", async () => {
    const place = join(folder, "other disk");
    await section().getByLabel("Folder").fill(place);
    await section().getByRole("button", { name: "Use it" }).click();
    await section().getByText(`They lie in ${place}.`).waitFor();
    await section().getByRole("button", { name: "Back up now" }).click();
    await until(async () => assert.equal((await list()).backups.length, 1));
    await chatty.ask(["append", home, "--role", "user"], "Said between two backups.");
    await section().getByRole("button", { name: "Back up now" }).click();
    await until(async () => assert.equal((await list()).backups.length, 2));
    const [newest, older] = (await list()).backups;
    assert.ok(newest && older);
    assert.ok(newest.newBytes < older.newBytes / 2, `${newest.newBytes} of ${older.newBytes} bytes were new`);
  });

  it("shows what a backup would restore, and restores it beside what is there", async () => {
    await chatty.ask(["append", home, "--role", "user"], "Said after the last backup.");
    const target = join(folder, "restored");
    await listed(2);
    await section()
      .getByRole("button", { name: /^Restore the backup of/ })
      .first()
      .click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Folder" }).fill(target);
    await dialog.getByRole("button", { name: "Show what it would restore" }).click();
    await dialog.getByText(/conversations? of your own/).waitFor();
    assert.deepEqual(globSync("*", { cwd: target }), [], "a look changes nothing");
    await dialog.getByRole("button", { name: "Restore", exact: true }).click();
    await section()
      .getByText(/Restore into .*: done\./)
      .waitFor();

    const there = await startChatty({ home: target });
    ending.after(async () => void (await there.stop()));
    const words = ["show", home];
    const told = (await there.ask<Shown>(words)).messages.map(({ content }) => content);
    assert.deepEqual(told, ["Said before the backup.", "Said between two backups."]);
    const imported = ["sessions", "--runtime", "chatgpt-alex", "--limit", "500"];
    const ids = ({ sessions }: { sessions: Session[] }) => sessions.map(({ sessionId }) => sessionId).sort();
    assert.deepEqual(ids(await there.ask(imported)), ids(await chatty.ask(imported)));
    assert.equal((await chatty.ask<Shown>(words)).messages.length, 3, "what was there is as it was");
  });

  it("adds to the vault what it lacks, and leaves the rest", async () => {
    const made = await chatty.ask<{ session: Session }>(["sessions", "new", "--runtime", "synth"]);
    const { sessionId } = made.session;
    await chatty.ask(["append", sessionId, "--role", "user"], "Only in the backup, soon.");
    await section().getByRole("button", { name: "Back up now" }).click();
    await until(async () => assert.equal((await list()).backups.length, 3));
    await chatty.ask(["sessions", "delete", sessionId]);
    await chatty.ask(["sessions", "purge", sessionId]);
    await listed(3);

    await section()
      .getByRole("button", { name: /^Restore the backup of/ })
      .first()
      .click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Add here what is missing").click();
    await dialog.getByRole("button", { name: "Show what it would restore" }).click();
    await dialog.getByText(/It would add 1 conversation/).waitFor();
    await dialog.getByRole("button", { name: "Restore", exact: true }).click();
    await section()
      .getByText(/Bring back what is missing: done\./)
      .waitFor();
    const { messages } = await chatty.ask<Shown>(["show", sessionId]);
    assert.deepEqual(
      messages.map(({ content }) => content),
      ["Only in the backup, soon."],
    );
    assert.equal((await chatty.ask<Shown>(["show", home])).messages.length, 3);
  });

  it("refuses a folder that holds something, in words", async () => {
    const taken = join(folder, "restored");
    writeFileSync(join(folder, "note.txt"), "mine");
    await section()
      .getByRole("button", { name: /^Restore the backup of/ })
      .first()
      .click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Folder" }).fill(taken);
    await dialog.getByRole("button", { name: "Show what it would restore" }).click();
    await page
      .getByText(/already|holds|not empty/i)
      .first()
      .waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
  });

  it("made the page do nothing that it must not do", () => {
    browser.watch.assertQuiet(chatty.origin);
  });
});
