import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFileCycles, checkImports, folderCycles } from "./check-imports.ts";
import { checkManifests } from "./check-manifests.ts";
import { checkNames } from "./check-names.ts";
import { checkSources, longFiles } from "./check-sources.ts";
import { formatViolations, readCheckout } from "./tree.ts";
import type { Tree, Violation } from "./tree.ts";

const checkout = readCheckout();

function assertKept(check: (tree: Tree) => Violation[]): void {
  const violations = check(checkout);
  assert.equal(violations.length, 0, `\n${formatViolations(violations)}`);
}

test("imports go in the allowed direction and through entry points", () => assertKept(checkImports));
test("no files import each other in a circle", () => assertKept(checkFileCycles));
test("packages declare exactly what they use and export what exists", () => assertKept(checkManifests));
test("files contain what belongs in their place", () => assertKept(checkSources));
test("files and folders are named after what is inside", () => assertKept(checkNames));

test("the checkout is really read", () => {
  assert.ok(checkout.sources.size > 20, "fewer sources than there can be");
  for (const folder of ["model", "store", "importers", "cli"]) {
    assert.ok(checkout.packages.has(folder), `packages/${folder} was not found`);
  }
});

test("long files and folder circles are reported", (t) => {
  for (const line of longFiles(checkout)) t.diagnostic(`long file: ${line}`);
  for (const cycle of folderCycles(checkout)) t.diagnostic(`folder circle: ${cycle}`);
});
