// What a person sees and does when something was damaged: Settings, Data.
import assert from "node:assert/strict";
import { appendFileSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { DoctorReport, Job, JobList, JobStarted, Settings } from "@chatty/server/api";
import type { TestBrowser } from "../browser/open-browser.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { createServerClient, waitForJob } from "../browser/server-client.ts";
import type { ServerClient } from "../browser/server-client.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";
import { until } from "../browser/until.ts";

describe("care of the data, in the page", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let browser: TestBrowser;
  let page: Page;
  let client: ServerClient;
  let transcript = "";

  before(async () => {
    ({ chatty } = await openServer(ending));
    client = await createServerClient(chatty.origin, chatty.link);
    await chatty.ask(
      ["append", "synth-001_chat_with_synth-001", "--role", "user"],
      "Kept through everything.",
    );
    transcript = join(chatty.userFolder(), "instances/synth-001/chatty/chat_with_synth-001.md");
    browser = await openTestBrowser(ending);
    page = await browser.tab();
    await page.goto(await chatty.newLink());
    await page.waitForURL("**/app/chat/**");
    await page.goto(`${chatty.origin}/app/settings/data`);
  });

  const result = (title: string) => page.getByRole("region", { name: title }).locator("output");

  it("says how the vault stands", async () => {
    const { checks } = await client.get<DoctorReport>("/api/doctor");
    assert.ok(checks.length >= 5);
    const list = page.getByRole("region", { name: "How it stands" });
    // How much is free changes from one moment to the next.
    for (const { message } of checks) await list.getByText(message.replace(/^[\d.]+ /, "")).waitFor();
  });

  it("finds a transcript that somebody edited, mends it, and keeps what was written into it", async () => {
    await until(() => assert.match(readFileSync(transcript, "utf8"), /Kept through everything/));
    const whole = readFileSync(transcript, "utf8");
    appendFileSync(transcript, "\nWritten in by hand.\n");

    await page.getByRole("button", { name: "Verify everything" }).click();
    await result("Verify")
      .getByText(/1 problem/)
      .waitFor();

    await page.getByRole("button", { name: "Repair what is damaged" }).click();
    await result("Repair")
      .getByText(/made again/)
      .waitFor();
    assert.equal(readFileSync(transcript, "utf8"), whole);
    const aside = globSync("*.md", { cwd: dirname(transcript) }).map((name) =>
      readFileSync(join(dirname(transcript), name), "utf8"),
    );
    assert.ok(
      aside.some((text) => text.includes("Written in by hand.")),
      "what a person wrote is kept beside it",
    );

    await page.getByRole("button", { name: "Verify everything" }).click();
    await result("Verify")
      .getByText(/Everything is as it was written/)
      .waitFor();
  });

  it("changes nothing where nothing is damaged", async () => {
    const { jobId } = await client.send<JobStarted>("POST", "/api/jobs", { kind: "repair" });
    const job: Job = await waitForJob(client, jobId);
    assert.deepEqual((job.report as { recovered: number }).recovered, 0);
    await result("Repair").getByText("There was nothing to mend.").waitFor();
  });

  it("shows what came of a task when an older answer comes after it", async () => {
    const answers = await page.context().newPage();
    await answers.route("**/api/jobs", async (route) => {
      if (route.request().method() !== "GET") return await route.fallback();
      const response = await route.fetch();
      const { jobs } = (await response.json()) as JobList;
      // As if it had been given a moment before the task ended.
      const older = jobs.map((job) => (job.kind === "rebuild" ? { ...job, state: "running" } : job));
      await wait(700);
      await route.fulfill({ response, json: { jobs: older } });
    });
    await answers.goto(`${chatty.origin}/app/settings/data`);
    await answers.getByRole("button", { name: "Rebuild what is derived" }).click();
    const rebuilt = answers.getByRole("region", { name: "Rebuild" });
    await rebuilt.locator("output").getByText(/./).first().waitFor();
    await wait(1_000);
    assert.equal(await rebuilt.getByRole("progressbar").count(), 0);
    await answers.unrouteAll({ behavior: "ignoreErrors" });
    await answers.close();
  });

  it("lets a person choose how soon what is being written is kept", async () => {
    await page.getByText("After 2 seconds").click();
    await until(async () => {
      const { draftSaveMs, draftSaveMaxMs } = await client.get<Settings>("/api/settings");
      assert.deepEqual([draftSaveMs, draftSaveMaxMs], [2000, 30_000]);
    });
  });

  it("made the page do nothing that it must not do", () => {
    browser.watch.assertQuiet(chatty.origin);
  });
});
