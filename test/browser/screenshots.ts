/**
 * Takes pictures of every screen from demo data, at 1440 and 390 pixels, light and dark. From the checkout:
 *
 *     npm run pictures [-- --out FOLDER] [--only conversation]
 *
 * They go to node_modules/.cache/pictures. Those of the README are copied to docs/pictures, which is under version control.
 *
 * Needs Chromium; see find-chromium.ts.
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { openBrowser } from "./open-browser.ts";
import { demoScreens, newcomerScreens } from "./screens.ts";
import type { Screen } from "./screens.ts";
import { createServerClient, waitForJob } from "./server-client.ts";
import { startChatty } from "./start-chatty.ts";
import type { RunningChatty } from "./start-chatty.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

const sizes = [
  { width: 1440, height: 900, touch: false },
  { width: 390, height: 844, touch: true },
];

async function main(): Promise<void> {
  const root = join(import.meta.dirname, "..", "..");
  const { values } = parseArgs({ options: { out: { type: "string" }, only: { type: "string" } } });
  const out = resolve(values.out ?? join(root, "node_modules", ".cache", "pictures"));
  mkdirSync(out, { recursive: true });
  const folder = createTemporaryFolder("pictures");
  const chatty = await startChatty({ home: join(folder.path, "home") });
  try {
    const client = await createServerClient(chatty.origin, chatty.link);
    await takePictures(chatty, newcomerScreens, out, values.only);
    const { jobId } = await client.send<{ jobId: string }>("POST", "/api/jobs", { kind: "demo" });
    await waitForJob(client, jobId);
    await takePictures(chatty, await demoScreens(client), out, values.only);
  } finally {
    await chatty.stop();
    folder.remove();
  }
}

async function takePictures(
  chatty: RunningChatty,
  screens: readonly Screen[],
  out: string,
  only: string | undefined,
): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const size of sizes) {
      const browser = await openBrowser({ ...size, colorScheme });
      try {
        const page = await browser.tab();
        await page.goto(await chatty.newLink());
        await page.waitForURL("**/app/chat/**");
        for (const { name, open } of screens.filter((screen) => only === undefined || screen.name === only)) {
          await open(page, chatty.origin);
          const path = join(out, `${name}-${size.width}-${colorScheme}.png`);
          await page.screenshot({ path, animations: "disabled" });
          console.log(path);
        }
      } finally {
        await browser.close();
      }
    }
  }
}

await main();
