import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { apiSurfaces } from "./api-surface.ts";
import { withFiles } from "./made-up-tree.ts";
import { readCheckout } from "./tree.ts";

const listings = join(import.meta.dirname, "api-surface");

test("what packages offer is what the checked-in listings say", () => {
  const surfaces = apiSurfaces(readCheckout());
  for (const [folder, surface] of surfaces) {
    const listed = readListing(`${folder}.txt`);
    assert.equal(
      surface,
      listed,
      `The public names of packages/${folder} changed. If that is meant, run: npm run api-surface, and commit test/architecture/api-surface/${folder}.txt with the change.`,
    );
  }
  const written = globSync("*.txt", { cwd: listings }).map((name) => basename(name, ".txt"));
  assert.deepEqual(written.sort(), [...surfaces.keys()].sort());
});

test("a listing names values, types and every entry point", () => {
  const tree = withFiles({
    "packages/store/package.json": JSON.stringify({
      name: "@chatty/store",
      version: "0.1.0",
      exports: { ".": "./src/index.ts", "./testing": "./src/testing/suites.ts" },
    }),
    "packages/store/src/index.ts": 'export type { B } from "./b.ts";\nexport { a } from "./b.ts";\n',
    "packages/store/src/testing/suites.ts": "export function sessionSuite(): void {}\n",
  });
  assert.equal(
    apiSurfaces(tree).get("store"),
    "@chatty/store\n  type B\n  a\n\n@chatty/store/testing\n  sessionSuite\n",
  );
});

function readListing(name: string): string {
  try {
    return readFileSync(join(listings, name), "utf8");
  } catch {
    return "";
  }
}
