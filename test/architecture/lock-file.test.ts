import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkoutRoot } from "./tree.ts";

interface LockEntry {
  link?: boolean;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

const lock = JSON.parse(readFileSync(join(checkoutRoot, "package-lock.json"), "utf8")) as {
  packages: Record<string, LockEntry>;
};

/** Optional dependencies are binaries for other platforms; without their entries `npm ci` refuses the lock file everywhere. */
function missingEntries(packages: Record<string, LockEntry>): string[] {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      )
      .map((name) => `${path} wants ${name}`),
  );
}

test("the lock file holds the binaries of every platform", () => {
  assert.deepEqual(
    missingEntries(lock.packages),
    [],
    "Choose a version whose binaries are published for every platform, and make the lock file again.",
  );
});

test("the lock file names no host that packages come from", () => {
  const hosts = Object.entries(lock.packages).filter(([, { resolved }]) => /^\w+:\/\//.test(resolved ?? ""));
  assert.deepEqual(hosts, []);
});

test("a missing binary of another platform is found", () => {
  const packages = {
    "node_modules/tool": { optionalDependencies: { "tool-linux": "1.0.0", "tool-mac": "1.0.0" } },
    "node_modules/tool-linux": {},
  };
  assert.deepEqual(missingEntries(packages), ["node_modules/tool wants tool-mac"]);
});
