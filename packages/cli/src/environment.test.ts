import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  fileLogFrom,
  platformDataFolder,
  programName,
  terminalColumns,
  workingFolder,
} from "./environment.ts";
import { programVersion } from "./version.ts";

describe("platformDataFolder", () => {
  test("follows the customs of every platform", () => {
    assert.equal(platformDataFolder("linux", {}, "/home/a"), "/home/a/.local/share/chatty");
    assert.equal(platformDataFolder("linux", { XDG_DATA_HOME: "/x" }, "/home/a"), "/x/chatty");
    assert.equal(
      platformDataFolder("linux", { XDG_DATA_HOME: "x" }, "/home/a"),
      "/home/a/.local/share/chatty",
    );
    assert.equal(platformDataFolder("darwin", {}, "/Users/a"), "/Users/a/Library/Application Support/Chatty");
    assert.ok(platformDataFolder("win32", { LOCALAPPDATA: "/l" }, "/u").endsWith("Chatty"));
  });
});

describe("workingFolder", () => {
  test("is where npm was called from when our own script runs", () => {
    const variables = {
      INIT_CWD: "/home/a/exports",
      npm_package_json: "/checkout/package.json",
      npm_lifecycle_event: "chatty",
    };
    assert.equal(workingFolder("/checkout", variables), "/home/a/exports");
    assert.equal(workingFolder("/elsewhere", variables), "/elsewhere");
    assert.equal(workingFolder("/checkout", { ...variables, npm_lifecycle_event: "test" }), "/checkout");
    assert.equal(workingFolder("/checkout", {}), "/checkout");
  });
});

describe("fileLogFrom", () => {
  test("tells a line of JSON for every operation, when it is asked to", () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    assert.equal(fileLogFrom(undefined, write), undefined);
    assert.equal(fileLogFrom("", write), undefined);
    const log = fileLogFrom("changes", write);
    assert.equal(log?.level, "changes");
    log?.tell({ at: 1, operation: "sync", path: "/a", durationUs: 7, result: "ok" });
    assert.deepEqual(lines, [
      '{"file":{"at":1,"operation":"sync","path":"/a","durationUs":7,"result":"ok"}}\n',
    ]);
  });

  test("refuses what it does not know", () => {
    assert.throws(() => fileLogFrom("yes", () => undefined), { code: "USAGE" });
  });
});

describe("programName", () => {
  test("is what a person has to type", () => {
    assert.equal(programName({}), "chatty");
    assert.equal(programName({ npm_lifecycle_event: "chatty" }), "npm run --silent chatty --");
    assert.equal(programName({ npm_lifecycle_event: "test" }), "chatty");
  });
});

describe("terminalColumns", () => {
  test("believes COLUMNS before a terminal, and a terminal before nothing", () => {
    assert.equal(terminalColumns("60", [{ columns: 120 }]), 60);
    assert.equal(terminalColumns("0", [{}, { columns: 120 }]), 120);
    assert.equal(terminalColumns(undefined, [{ columns: 0 }]), 80);
  });
});

describe("programVersion", () => {
  test("equals the version of the package", () => {
    const manifest: unknown = JSON.parse(
      readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8"),
    );
    assert.equal((manifest as { version: string }).version, programVersion);
  });
});
