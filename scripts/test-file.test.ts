import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runTestFile } from "./test-file.ts";
import type { FileOutcome } from "./test-file.ts";
import { findTestFiles, parseTestRequest, selectTestFiles } from "./test-selection.ts";

const folder = mkdtempSync(join(tmpdir(), "chatty-runner-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

function outcomeOf(body: string, timeoutMs = 20_000): Promise<FileOutcome> {
  count += 1;
  const path = join(folder, `made-${count}.test.mjs`);
  writeFileSync(path, `import { describe, it, test } from "node:test";\n${body}\n`);
  return runTestFile(folder, path, { PATH: process.env["PATH"] }, timeoutMs);
}

test("counts what passed, failed and was skipped, with reasons", async () => {
  const outcome = await outcomeOf(`
    test("passes at once", () => {});
    test("is left out", { skip: "nothing to read here" }, () => {});
    test("is left out later", (t) => t.skip("found out too late"));
    describe("a group", () => {
      it("fails in here", () => { throw new Error("broken", { cause: new Error("deep reason") }); });
      it("passes in here", () => {});
    });
  `);
  assert.equal(outcome.passed, 2);
  assert.deepEqual(
    outcome.skips.map(({ reason }) => reason),
    ["nothing to read here", "found out too late"],
  );
  assert.equal(outcome.failures.length, 1);
  assert.match(outcome.failures[0]?.name ?? "", /a group › fails in here$/);
  assert.match(outcome.failures[0]?.detail ?? "", /broken[\s\S]*deep reason/);
});

test("counts a failing hook although no test failed", async () => {
  const outcome = await outcomeOf(
    'describe("a group", () => { it("passes in here", () => {}); after(() => { throw new Error("late"); }); });\nimport { after } from "node:test";',
  );
  assert.ok(outcome.failures.length > 0);
});

const faults: { name: string; body: string; shown: RegExp }[] = [
  { name: "a file that throws while loading", body: 'throw new Error("at load");', shown: /at load/ },
  { name: "a file without tests", body: "", shown: /holds no test|stopped before/ },
  {
    name: "an exit in the middle",
    body: 'test("leaves early", () => process.exit(0));',
    shown: /stopped before/,
  },
  {
    name: "a crash by a signal",
    body: 'test("is killed here", () => process.kill(process.pid, "SIGKILL"));',
    shown: /SIGKILL/,
  },
  {
    name: "an error after the tests",
    body: 'test("passes at once", () => {}); process.on("exit", () => { process.exitCode = 7; });',
    shown: /exit code 7/,
  },
];

for (const { name, body, shown } of faults) {
  test(`counts ${name} as a failure`, async () => {
    const outcome = await outcomeOf(body);
    const text = outcome.failures.map((failure) => `${failure.name}\n${failure.detail}`).join("\n");
    assert.match(text, shown);
  });
}

test("stops a file that hangs, with the processes it started", async () => {
  const body = `
    import { spawn } from "node:child_process";
    test("hangs for ever", async () => {
      spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
      await new Promise(() => { setInterval(() => {}, 1000); });
    });
  `;
  const startedMs = performance.now();
  const outcome = await outcomeOf(body, 1500);
  assert.match(outcome.failures.map(({ name }) => name).join("\n"), /did not end within 2 s/);
  assert.ok(performance.now() - startedMs < 10_000);
});

test("keeps what a test reports beside its result", async () => {
  const outcome = await outcomeOf('test("has something to say", (t) => t.diagnostic("forty-two bytes"));');
  assert.deepEqual(outcome.notes, ["forty-two bytes"]);
});

test("reads filters and options and refuses unknown options", () => {
  assert.deepEqual(parseTestRequest(["journal", "--full"]), { filters: ["journal"], full: true });
  assert.throws(() => parseTestRequest(["--fulll"]), TypeError);
});

test("selects by part of the path and refuses a filter that selects nothing", () => {
  const files = ["packages/model/src/ids.test.ts", "test/docs/docs.test.ts"];
  assert.deepEqual(selectTestFiles(files, []), files);
  assert.deepEqual(selectTestFiles(files, ["model"]), [files[0]]);
  assert.throws(() => selectTestFiles(files, ["model", "jurnal"]), /jurnal/);
});

test("finds this very file among the tests", () => {
  assert.ok(findTestFiles(join(import.meta.dirname, "..")).includes("scripts/test-file.test.ts"));
});
