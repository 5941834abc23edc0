import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, test } from "node:test";
import type { RebuildReport, RebuildScope, UserVault, Vault } from "@chatty/store";
import { createJobBoard } from "./job-board.ts";
import { startVaultJob } from "./vault-jobs.ts";

describe("startVaultJob", () => {
  test("rebuilds one thing at a time, and once what is asked for twice", async () => {
    const begun: RebuildScope[] = [];
    const ends: (() => void)[] = [];
    const vault: Partial<Vault> = {
      rebuild(scope) {
        begun.push(scope);
        return new Promise((resolve) => {
          ends.push(() => resolve({ rebuilt: {}, identical: true } as RebuildReport));
        });
      },
    };
    const board = createJobBoard(() => undefined, Date.now);
    const parts = { vault: vault as Vault, user: {} as UserVault, board };
    const first = startVaultJob(parts, "rebuild", "catalog");
    assert.equal(startVaultJob(parts, "rebuild", "catalog").jobId, first.jobId);
    const all = startVaultJob(parts, "rebuild");
    assert.notEqual(all.jobId, first.jobId);
    assert.equal(startVaultJob(parts, "rebuild", "views").jobId, all.jobId);
    await nextTurn();
    assert.deepEqual(begun, ["catalog"]);
    assert.deepEqual([board.find(all.jobId)?.state, board.find(all.jobId)?.scope], ["waiting", "all"]);
    ends[0]?.();
    await nextTurn();
    assert.deepEqual(begun, ["catalog", "all"]);
    assert.equal(board.find(first.jobId)?.state, "done");
    ends[1]?.();
    await board.settle();
    assert.equal(board.find(all.jobId)?.state, "done");
    assert.notEqual(startVaultJob(parts, "rebuild").jobId, all.jobId);
    await nextTurn();
    ends[2]?.();
    await board.settle();
  });
});
