import assert from "node:assert/strict";
import { test } from "node:test";
import { measureMemory, traceFrames } from "./frame-trace.ts";
import { openTestBrowser } from "./open-session.ts";

test("finds a page that stops for 120 ms, by the page's clock and by the trace", async (t) => {
  const browser = await openTestBrowser(t);
  const page = await browser.tab();
  await page.setContent("<main>planted</main>");
  const calm = await traceFrames(page, async () => {
    await page.waitForTimeout(300);
  });
  assert.ok(calm.frames > 5, JSON.stringify(calm));
  const busy = await traceFrames(page, async () => {
    await page.waitForTimeout(100);
    await page.evaluate(async () => {
      await new Promise<void>((resolve) => {
        setTimeout(() => {
          const until = performance.now() + 120;
          while (performance.now() < until);
          resolve();
        }, 20);
      });
    });
    await page.waitForTimeout(100);
  });
  assert.ok(busy.longestMs >= 100 && busy.over50 >= 1, JSON.stringify(busy));
  assert.ok(busy.longestTaskMs >= 100 && busy.tasksOver50 >= 1, JSON.stringify(busy));
  const memory = await measureMemory(page);
  assert.ok(memory.heapBytes > 0 && memory.nodes > 0, JSON.stringify(memory));
});
