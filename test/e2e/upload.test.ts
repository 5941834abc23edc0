import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import type { Job, JobList } from "@chatty/server/api";
import { writeBigZip } from "../browser/big-zip.ts";
import { folderSize } from "../browser/folder-size.ts";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { cancelImport, chooseFile, importProgress, isHomeOpen } from "../browser/screen.ts";
import { createServerClient } from "../browser/server-client.ts";
import type { ServerClient } from "../browser/server-client.ts";
import { limitUpload } from "../browser/slow-upload.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { until } from "../browser/until.ts";

const size = 20_000_000;
const slow = 4_000_000;

describe("a big file goes up through the page", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let client: ServerClient;
  let zip = "";
  let hash = "";

  before(async () => {
    const { chatty: started, folder } = await openServer(ending);
    chatty = started;
    zip = join(folder, "big.zip");
    hash = await writeBigZip(zip, size);
    client = await createServerClient(chatty.origin, chatty.link);
    browser = await openTestBrowser(ending);
    page = await browser.tab();
    await page.goto(await chatty.newLink());
    await isHomeOpen(page, "synth-001");
  });

  const newestJob = async (): Promise<Job | undefined> => {
    const { jobs } = await client.get<JobList>("/api/jobs");
    return jobs.filter(({ kind }) => kind === "import").sort((a, b) => b.startedAt - a.startedAt)[0];
  };

  it("shows its progress, and nothing is left when it is cancelled", async () => {
    const before = folderSize(chatty.home);
    await limitUpload(page, slow);
    await chooseFile(page, zip);
    const seen = new Set<number>();
    await until(async () => {
      seen.add(Math.round((await importProgress(page)) * 100));
      assert.ok(seen.size >= 3 && Math.max(...seen) > 20, `progress seen: ${[...seen].join(" ")}`);
    });
    await cancelImport(page);
    await until(async () => assert.equal((await newestJob())?.state, "cancelled"));
    await limitUpload(page, undefined);
    await until(() => {
      const after = folderSize(chatty.home);
      const big = after.bytes - before.bytes;
      assert.ok(
        big < 1_000_000,
        `${big} bytes more than before: ${after.files.filter((file) => !before.files.includes(file)).join(", ")}`,
      );
    });
    const { runtimes } = await chatty.ask<{ runtimes: { kind: string }[] }>(["runtimes"]);
    assert.ok(runtimes.every(({ kind }) => kind === "core"));
  });

  it("goes on where it was when the server was killed, and arrives whole", async () => {
    await limitUpload(page, slow);
    await chooseFile(page, zip);
    await until(async () => assert.ok((await importProgress(page)) > 0.3));
    const port = Number(new URL(chatty.origin).port);
    await chatty.kill();
    await chatty.start({ port });
    await limitUpload(page, undefined);
    await page.waitForURL("**/app/chat/chatgpt-uploads-001_chat_with_chatgpt-uploads-001", {
      timeout: 60_000,
    });
    const { imports } = await client.get<{ imports: { archive: string }[] }>("/api/imports");
    assert.deepEqual(
      imports.map(({ archive }) => archive),
      [`sha256:${hash}`],
    );
  });

  it("answers others meanwhile", async () => {
    await limitUpload(page, slow);
    await chooseFile(page, zip);
    await until(async () => assert.ok((await importProgress(page)) > 0));
    for (let count = 0; count < 20; count += 1) {
      assert.equal((await client.get<{ sessions: unknown[] }>("/api/sessions?limit=5")).sessions.length, 5);
    }
    await cancelImport(page);
    await limitUpload(page, undefined);
  });

  it("made the page do nothing that it must not do", () => {
    browser.watch.assertQuiet(chatty.origin);
  });
});
