import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { legacyReader } from "@chatty/importers";
import { compareWithFixture } from "./check-reading.ts";
import { allFixtures } from "./fixtures/all-fixtures.ts";

describe("reading older stores", () => {
  for (const fixture of allFixtures) {
    test(fixture.name, async () => {
      assert.deepEqual(await compareWithFixture(legacyReader, fixture), []);
    });
  }
});
