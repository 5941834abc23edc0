import assert from "node:assert/strict";
import { test } from "node:test";
import { sparklinePath } from "./sparkline-path.ts";

test("months without conversations are valleys between the hills", () => {
  const path = sparklinePath(
    [
      { month: "2023-12", count: 4 },
      { month: "2024-02", count: 16 },
    ],
    100,
    20,
  );
  assert.equal(path, "M0 10L50 20L100 0");
});

test("one month alone has nothing to compare", () => {
  assert.equal(sparklinePath([{ month: "2024-02", count: 3 }], 100, 20), "");
  assert.equal(sparklinePath([], 100, 20), "");
});
