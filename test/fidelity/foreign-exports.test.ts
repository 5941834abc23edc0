import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { importBad, startWithVault } from "./bad-import.ts";
import { foreignFixtures } from "./bad-input-table.ts";

describe("import of what other vendors write", () => {
  it("names the vendor of a file that it cannot read yet", async (test) => {
    const found = foreignFixtures();
    if (found.length === 0) {
      test.skip("the shared fixtures are not beside this checkout");
      return;
    }
    const chatty = await startWithVault(test);
    for (const { path, name, vendor } of found) {
      await test.test(name, async () => {
        const { error } = await importBad(chatty, path, "refused");
        assert.match(`${error?.message} ${error?.hint}`, vendor);
      });
    }
  });
});
