import assert from "node:assert/strict";
import { test } from "node:test";
import { dataParts } from "./data-parts.ts";

test("files that belong together are one part, and no byte is left out", () => {
  const parts = dataParts([
    { name: "chatty.db", bytes: 5 },
    { name: "chatty.db-wal", bytes: 4 },
    { name: "vvault", bytes: 100 },
    { name: "something-new", bytes: 3 },
    { name: "owner.sock", bytes: 0 },
  ]);
  assert.deepEqual(parts, [
    { name: "Conversations", bytes: 100 },
    { name: "Settings", bytes: 9 },
    { name: "Other", bytes: 3 },
  ]);
});
