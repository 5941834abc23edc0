import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createDirectory } from "../testing/simulated-disk.ts";
import { simulatedFiles } from "../testing/simulated-files.ts";
import { watchFiles } from "../testing/watched-files.ts";
import type { FileCall } from "../testing/watched-files.ts";
import { quarantineFile } from "./quarantine.ts";

describe("quarantineFile", () => {
  test("makes both durable: that the file is in quarantine, and that its old name is gone", () => {
    const calls: FileCall[] = [];
    const files = watchFiles(simulatedFiles(createDirectory()), { before: (call) => calls.push(call) });
    files.makeDirectory("/vault/log");
    files.open("/vault/log/5.jsonl", "create").close();
    const moved = quarantineFile(files, "/vault", {
      path: "log/5.jsonl",
      from: 0,
      to: 0,
      reason: "unfinished log file",
      at: 0,
    });
    assert.equal(files.status("/vault/log/5.jsonl"), undefined);
    assert.equal(files.status(`/vault/${moved}`)?.kind, "file");
    const renamed = calls.findLastIndex(({ kind }) => kind === "rename");
    const synced = calls
      .slice(renamed)
      .filter(({ kind }) => kind === "sync-directory")
      .map(({ path }) => path);
    assert.deepEqual(synced, ["/vault/quarantine", "/vault/log"]);
  });
});
