import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { platformDataFolder, workingFolder } from "./environment.ts";
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

describe("programVersion", () => {
  test("equals the version of the package", () => {
    const manifest: unknown = JSON.parse(
      readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8"),
    );
    assert.equal((manifest as { version: string }).version, programVersion);
  });
});
