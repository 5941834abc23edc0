import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { axeFindings } from "../browser/axe-check.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { demoScreens } from "../browser/screens.ts";
import type { Screen } from "../browser/screens.ts";
import { createServerClient, waitForJob } from "../browser/server-client.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";

describe("axe finds nothing at AA", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let screens: Screen[] = [];

  before(async () => {
    ({ chatty } = await openServer(ending));
    const client = await createServerClient(chatty.origin, chatty.link);
    const { jobId } = await client.send<{ jobId: string }>("POST", "/api/jobs", { kind: "demo" });
    await waitForJob(client, jobId);
    screens = await demoScreens(client);
  });

  const looks = [
    { colorScheme: "light", width: 1440, height: 900, touch: false },
    { colorScheme: "dark", width: 1440, height: 900, touch: false },
    { colorScheme: "light", width: 390, height: 844, touch: true },
    { colorScheme: "dark", width: 390, height: 844, touch: true },
  ] as const;

  for (const look of looks) {
    it(`${look.colorScheme}, ${look.width} pixels wide`, async (t) => {
      const browser = await openTestBrowser(t, look);
      const page = await browser.tab();
      await page.goto(await chatty.newLink());
      await page.waitForURL("**/app/chat/**");
      const findings: string[] = [];
      for (const { name, open } of screens) {
        await open(page, chatty.origin);
        findings.push(...(await axeFindings(page)).map((finding) => `${name}: ${finding}`));
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        if (width > look.width)
          findings.push(`${name}: ${width} pixels wide, so that one has to scroll sideways`);
      }
      assert.ok(findings.length === 0, findings.join("\n"));
      browser.watch.assertQuiet(chatty.origin);
    });
  }
});
