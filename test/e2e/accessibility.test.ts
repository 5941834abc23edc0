import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { TestContext } from "node:test";
import { axeFindings } from "../browser/axe-check.ts";
import { endingAfterSuite, openServer, openTestBrowser } from "../browser/open-session.ts";
import { demoScreens, newcomerScreens } from "../browser/screens.ts";
import type { Screen } from "../browser/screens.ts";
import { createServerClient, waitForJob } from "../browser/server-client.ts";
import type { ServerClient } from "../browser/server-client.ts";
import type { RunningChatty } from "../browser/start-chatty.ts";

const looks = [
  { colorScheme: "light", width: 1440, height: 900, touch: false },
  { colorScheme: "dark", width: 1440, height: 900, touch: false },
  { colorScheme: "light", width: 390, height: 844, touch: true },
  { colorScheme: "dark", width: 390, height: 844, touch: true },
] as const;

describe("axe finds nothing at AA", () => {
  const ending = endingAfterSuite(after);
  let chatty: RunningChatty;
  let client: ServerClient;

  before(async () => {
    ({ chatty } = await openServer(ending));
    client = await createServerClient(chatty.origin, chatty.link);
  });

  const check = async (
    t: TestContext,
    look: (typeof looks)[number],
    screens: readonly Screen[],
  ): Promise<void> => {
    const browser = await openTestBrowser(t, look);
    const page = await browser.tab();
    await page.goto(await chatty.newLink());
    await page.waitForURL("**/app/chat/**");
    const findings: string[] = [];
    for (const { name, open } of screens) {
      await open(page, chatty.origin);
      findings.push(...(await axeFindings(page)).map((finding) => `${name}: ${finding}`));
      // Only parts of the page scroll; when the whole could, a hidden control that gets the focus would push everything away.
      const height = await page.evaluate(() => {
        scrollTo(0, 10_000);
        return scrollY;
      });
      if (height > 0) findings.push(`${name}: the whole page can be scrolled by ${height} pixels`);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > look.width)
        findings.push(`${name}: ${width} pixels wide, so that one has to scroll sideways`);
    }
    assert.ok(findings.length === 0, findings.join("\n"));
    browser.watch.assertQuiet(chatty.origin);
  };

  for (const look of [looks[0], looks[3]]) {
    it(`for a newcomer, ${look.colorScheme}, ${look.width} pixels wide`, async (t) => {
      await check(t, look, newcomerScreens);
    });
  }

  for (const look of looks) {
    it(`${look.colorScheme}, ${look.width} pixels wide`, async (t) => {
      if (look === looks[0]) {
        const { jobId } = await client.send<{ jobId: string }>("POST", "/api/jobs", { kind: "demo" });
        await waitForJob(client, jobId);
      }
      await check(t, look, await demoScreens(client));
    });
  }
});
