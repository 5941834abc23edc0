import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

const options: RunOptions = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"] },
  resultTypes: ["violations"],
};

/** What axe finds at level AA, one line per element, empty when it finds nothing. */
export async function axeFindings(page: Page): Promise<string[]> {
  // Run by the debugger, not by the page, so the page's policy stays as strict as it is.
  await page.evaluate(source);
  const results = await page.evaluate(async (runOptions) => {
    const library = (
      globalThis as unknown as { axe: { run(on: Document, how: RunOptions): Promise<AxeResults> } }
    ).axe;
    const { violations } = await library.run(document, runOptions);
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => ({
        id,
        help,
        target: node.target.join(" "),
        html: node.html,
        why: node.failureSummary ?? "",
      })),
    );
  }, options);
  return results.map(
    ({ id, help, target, html, why }) =>
      `${id} (${help})\n  ${target}\n  ${html.slice(0, 300)}\n  ${why.replaceAll("\n", " ").slice(0, 400)}`,
  );
}

/** Fails with the list of findings. */
export async function assertAccessible(page: Page, screen: string): Promise<void> {
  const findings = await axeFindings(page);
  assert.deepEqual(findings, [], `axe on ${screen}:\n${findings.join("\n")}`);
}
