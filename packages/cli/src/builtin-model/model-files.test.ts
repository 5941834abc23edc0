import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import { installWithNpm, isModelThere, joinParts } from "./model-files.ts";
import { engineLibraryPackage, modelPlace } from "./model-place.ts";

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-model-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function refusal(code: string): (error: unknown) => boolean {
  return (error) => isChattyError(error, code);
}

describe("joinParts", () => {
  test("uses nothing of parts that are not the expected ones, and leaves nothing behind", async (t) => {
    const folder = folderOf(t);
    const parts = ["one", "two"].map((name) => join(folder, name));
    for (const part of parts) writeFileSync(part, "not a model");
    const told: number[] = [];
    const joining = joinParts(parts, join(folder, "model"), new AbortController().signal, (bytes) =>
      told.push(bytes),
    );
    await assert.rejects(joining, refusal("MODEL_DAMAGED"));
    assert.deepEqual(told, [11, 22]);
    assert.deepEqual(readdirSync(folder).sort(), ["one", "two"]);
  });

  test("says that a part is missing", async (t) => {
    const folder = folderOf(t);
    const joining = joinParts(
      [join(folder, "gone")],
      join(folder, "model"),
      new AbortController().signal,
      () => undefined,
    );
    await assert.rejects(joining, refusal("MODEL_UNREACHABLE"));
    assert.deepEqual(readdirSync(folder), []);
  });
});

describe("installWithNpm", () => {
  const install = (folder: string, words: string[], signal = new AbortController().signal): Promise<void> =>
    installWithNpm({ folder, packages: ["a@1"], npm: { command: process.execPath, words }, signal });

  test("tells what npm says when it fails, and that there is no npm", async (t) => {
    const folder = folderOf(t);
    const failing = ["-e", "console.error('no such registry'); process.exit(1)", "--"];
    await assert.rejects(install(folder, failing), (error: unknown) => {
      assert.ok(isChattyError(error, "MODEL_UNREACHABLE"));
      assert.match(error.message, /no such registry/);
      return true;
    });
    const none = { folder, packages: [], npm: { command: join(folder, "npm"), words: [] } };
    await assert.rejects(
      installWithNpm({ ...none, signal: new AbortController().signal }),
      refusal("MODEL_UNREACHABLE"),
    );
  });

  test("hands npm exact packages and keeps install scripts from running", async (t) => {
    const folder = folderOf(t);
    const writing = ["-e", "require('fs').writeFileSync('words', process.argv.slice(1).join(' '))", "--"];
    await install(folder, writing);
    assert.ok(existsSync(join(folder, "words")));
    const words = readFileSync(join(folder, "words"), "utf8");
    assert.match(words, /^install .*--ignore-scripts .*a@1$/);
  });

  test("stops when it is told to", async (t) => {
    const stop = new AbortController();
    const waiting = install(folderOf(t), ["-e", "setTimeout(() => {}, 60000)", "--"], stop.signal);
    stop.abort();
    await assert.rejects(waiting, { name: "AbortError" });
  });
});

describe("the place of the model", () => {
  test("is empty in a new data home", async (t) => {
    assert.equal(await isModelThere(modelPlace(folderOf(t))), false);
  });

  test("has an engine for common machines and says so of others", () => {
    assert.equal(engineLibraryPackage("linux", "x64"), "@node-llama-cpp/linux-x64");
    assert.equal(engineLibraryPackage("darwin", "arm64"), "@node-llama-cpp/mac-arm64-metal");
    assert.equal(engineLibraryPackage("sunos", "x64"), undefined);
  });
});
