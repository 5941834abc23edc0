import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { checkoutRoot } from "./tree.ts";

const listed = spawnSync("git", ["ls-files", "-z"], { cwd: checkoutRoot, encoding: "utf8" });
const skip = listed.status === 0 ? false : "this checkout is not under version control";
const tracked = (listed.stdout ?? "").split("\0").filter((path) => path !== "");

/** Why a file looks like a person's data, or undefined. Fixtures made for tests are free. */
function dataFault(path: string, firstBytes: string): string | undefined {
  if (firstBytes.startsWith("SQLite format 3")) return "a database";
  if (path.startsWith("test/fixtures/")) return undefined;
  const dataNames =
    /^(?:vault\.json|lock\.sqlite|messages(?:\.\d+)?\.jsonl|session_meta\.json|profile\.json|conversations\.json)$/;
  if (dataNames.test(basename(path))) return "a file of a vault or of an export";
  if (/\.(?:db|db-wal|db-shm|sqlite|zip|npy)$/.test(path)) return "a database or an archive";
  return undefined;
}

test("no person's data is under version control", { skip }, () => {
  const faults = tracked
    .filter((path) => existsSync(join(checkoutRoot, path)))
    .flatMap((path) => {
      const fault = dataFault(path, firstBytes(path));
      return fault === undefined ? [] : [`${path} is ${fault}`];
    });
  assert.deepEqual(faults, []);
});

test("a database, a journal and an archive would be found", () => {
  assert.equal(dataFault("notes.txt", "SQLite format 3\0"), "a database");
  assert.ok(dataFault("vvault/users/u/sessions/s/messages.jsonl", "{}") !== undefined);
  assert.ok(dataFault("export.zip", "PK") !== undefined);
  assert.equal(dataFault("packages/store/src/workspace/database.ts", "import"), undefined);
});

test("a data home in the checkout's data folder is ignored, and sources are not", { skip }, () => {
  const isIgnored = (path: string): boolean =>
    spawnSync("git", ["check-ignore", "--quiet", "--no-index", path], { cwd: checkoutRoot }).status === 0;
  assert.ok(isIgnored("data/production/chatty.db"));
  assert.deepEqual(tracked.filter(isIgnored), []);
});

function firstBytes(path: string): string {
  const file = openSync(join(checkoutRoot, path), "r");
  try {
    const bytes = Buffer.alloc(16);
    return bytes.toString("latin1", 0, readSync(file, bytes, 0, 16, 0));
  } finally {
    closeSync(file);
  }
}
