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
  assert.equal(path, "M0 20L0 10L50 20L100 0L100 20Z");
});

test("one month is a plateau and none is nothing", () => {
  assert.equal(sparklinePath([{ month: "2024-02", count: 3 }], 100, 20), "M0 20L0 0L100 0L100 20Z");
  assert.equal(sparklinePath([], 100, 20), "");
});
