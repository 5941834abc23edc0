import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { runTestFile } from "./test-file.ts";
import type { FileOutcome } from "./test-file.ts";
import { findTestFiles, parseTestRequest, selectTestFiles } from "./test-selection.ts";
import type { TestRequest } from "./test-selection.ts";

const root = dirname(import.meta.dirname);
const concurrency = 2;
const fileTimeoutMs = 4 * 60_000;
/** The long harnesses (crash exploration, big imports) in their full length. */
const fullFileTimeoutMs = 60 * 60_000;
const wantedTotalMs = 15 * 60_000;

const staticChecks = [
  { name: "types", command: ["tsc", "-b", ".", "scripts"] },
  { name: "format", command: ["oxfmt", "--check"] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
];

interface Totals {
  passed: number;
  failures: { name: string; detail: string }[];
  skips: { name: string; reason: string }[];
}

async function main(words: readonly string[]): Promise<void> {
  const startedMs = performance.now();
  const totals: Totals = { passed: 0, failures: [], skips: [] };
  try {
    const request = parseTestRequest(words);
    const files = selectTestFiles(findTestFiles(root), request.filters);
    if (request.filters.length === 0) runStaticChecks(totals);
    else console.log("Types, format and lint are left out, because a filter was given.");
    await runTestFiles(files, request, totals);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    totals.failures.push({ name: "npm test", detail: error.message });
  }
  const durationMs = performance.now() - startedMs;
  printSummary(totals, durationMs);
  process.exitCode = totals.failures.length > 0 || totals.passed === 0 ? 1 : 0;
}

function runStaticChecks(totals: Totals): void {
  for (const check of staticChecks) {
    heading(check.name);
    const startedMs = performance.now();
    const [tool = "", ...toolArguments] = check.command;
    const done = spawnSync(process.execPath, [binary(tool), ...toolArguments], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    const seconds = secondsSince(startedMs);
    if (done.status === 0) {
      totals.passed += 1;
      console.log(`  ok (${seconds})`);
    } else {
      const detail = `${done.stdout}${done.stderr}${done.error?.message ?? ""}`.trim();
      totals.failures.push({ name: `${check.name}: ${check.command.join(" ")}`, detail });
      console.log(`  FAILED (${seconds}), see below`);
    }
  }
}

/** The tools are Node scripts; running them through this process's Node needs no shell and no PATH. */
function binary(tool: string): string {
  const folders: Record<string, string> = {
    tsc: "typescript/bin/tsc",
    oxfmt: "oxfmt/bin/oxfmt",
    oxlint: "oxlint/bin/oxlint",
  };
  return join(root, "node_modules", folders[tool] ?? tool);
}

async function runTestFiles(files: readonly string[], request: TestRequest, totals: Totals): Promise<void> {
  heading(`tests (${files.length} files, ${concurrency} at a time)`);
  const environment = testEnvironment(request.full);
  const timeoutMs = request.full ? fullFileTimeoutMs : fileTimeoutMs;
  const waiting = [...files];
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const outcome = await runTestFile(root, file, environment, timeoutMs);
      printOutcome(file, outcome);
      totals.passed += outcome.passed;
      totals.failures.push(...outcome.failures);
      totals.skips.push(...outcome.skips.map((skip) => ({ ...skip, name: `${file}  ${skip.name}` })));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** No test may touch the vault of the person who runs it, so the variables that name one are taken away. */
function testEnvironment(full: boolean): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  delete environment["NODE_OPTIONS"];
  for (const name of Object.keys(environment)) {
    if (name.startsWith("CHATTY_") && !name.startsWith("CHATTY_TEST_")) delete environment[name];
  }
  if (full) environment["CHATTY_TEST_FULL"] = "1";
  return environment;
}

function printOutcome(file: string, outcome: FileOutcome): void {
  const parts = [`${outcome.passed} passed`];
  if (outcome.failures.length > 0) parts.push(`${outcome.failures.length} failed`);
  if (outcome.skips.length > 0) parts.push(`${outcome.skips.length} skipped`);
  const mark = outcome.failures.length > 0 ? "FAILED" : "ok    ";
  console.log(`  ${mark} ${file}  ${parts.join(", ")} (${outcome.durationMs} ms)`);
  for (const note of outcome.notes) console.log(`           ${note}`);
}

function printSummary(totals: Totals, durationMs: number): void {
  if (totals.skips.length > 0) {
    heading("skipped");
    const byReason = Map.groupBy(totals.skips, (skip) => skip.reason);
    for (const [reason, skips] of byReason) {
      console.log(`  ${skips.length} × ${reason}`);
      for (const skip of skips) console.log(`      ${skip.name}`);
    }
  }
  if (totals.failures.length > 0) {
    heading("failed");
    for (const failure of totals.failures) {
      console.log(`\n  ${failure.name}\n${indent(failure.detail)}`);
    }
  }
  console.log(`\nTook ${(durationMs / 1000).toFixed(1)} s.`);
  if (durationMs > wantedTotalMs)
    console.log("That is longer than the 15 minutes this run is meant to take.");
  if (totals.passed + totals.failures.length === 0) console.log("No test ran; that counts as a failure.");
  const skipped = totals.skips.length > 0 ? `, ${totals.skips.length} skipped` : "";
  console.log(`${totals.passed} passed, ${totals.failures.length} failed${skipped}`);
}

function heading(text: string): void {
  console.log(`\n== ${text}`);
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}

function secondsSince(startedMs: number): string {
  return `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
}

await main(process.argv.slice(2));
