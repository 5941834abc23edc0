import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { JsonValue } from "@chatty/model";
import type { UserVault, Vault, VerifyReport } from "@chatty/store";
import { createJobBoard } from "../jobs/job-board.ts";
import type { JobBoard } from "../jobs/job-board.ts";
import { createIdleCare, verifiedAtKey } from "./idle-care.ts";

const sound: VerifyReport = {
  ok: true,
  checked: { sessions: 1, records: 2, archives: 0, references: 0 },
  problems: [],
};

interface Watched {
  board: JobBoard;
  settings: Record<string, JsonValue>;
  counts: { verified: number; emptied: number };
  clock: { now: number };
}

/** Care over a vault that only counts what is asked of it. */
function watch(t: TestContext, verifying: (signal?: AbortSignal) => Promise<VerifyReport>): Watched {
  const watched: Watched = {
    board: createJobBoard(
      () => undefined,
      () => watched.clock.now,
    ),
    settings: {},
    counts: { verified: 0, emptied: 0 },
    clock: { now: 1_000_000 },
  };
  const { settings, counts } = watched;
  const vault: Pick<Vault, "verifyInBackground"> = {
    verifyInBackground: async (options) => {
      counts.verified += 1;
      return await verifying(options?.signal);
    },
  };
  const user: Pick<UserVault, "settings" | "setSettings" | "emptyTrash"> = {
    settings: () => settings,
    setSettings: async (patch) => await Promise.resolve(void Object.assign(settings, patch)),
    emptyTrash: async () => {
      counts.emptied += 1;
      return await Promise.resolve([]);
    },
  };
  const care = createIdleCare({
    vault,
    user,
    board: watched.board,
    backups: { testOldest: () => undefined },
    now: () => watched.clock.now,
    lookEveryMs: 2,
  });
  care.watch();
  t.after(async () => await care.stop());
  return watched;
}

test("a vault is verified once a week, and its trash emptied once a day", async (t) => {
  const { board, settings, counts, clock } = watch(t, async () => await Promise.resolve(sound));
  await wait(50);
  assert.deepEqual(counts, { verified: 1, emptied: 1 });
  assert.equal(settings[verifiedAtKey], clock.now);
  assert.deepEqual(
    board.list().map(({ kind, state, report }) => ({ kind, state, report })),
    [{ kind: "verify", state: "done", report: sound }],
  );
  clock.now += 25 * 60 * 60_000;
  await wait(30);
  assert.deepEqual(counts, { verified: 1, emptied: 2 });
  clock.now += 6 * 24 * 60 * 60_000;
  await wait(30);
  assert.deepEqual(counts, { verified: 2, emptied: 3 });
});

test("what somebody waits for comes first", async (t) => {
  const { board, counts } = watch(t, async () => await Promise.resolve(sound));
  let finish: () => void = () => undefined;
  const busy = new Promise<void>((resolve) => {
    finish = resolve;
  });
  board.run({ kind: "import", name: "a big one", canCancel: false }, async () => {
    await busy;
    return {};
  });
  await wait(30);
  assert.equal(counts.verified, 0);
  finish();
  await wait(30);
  assert.equal(counts.verified, 1);
});

test("a verification that fails is told, and tried again at the next look", async (t) => {
  let fails = true;
  const { board, counts } = watch(t, async () => {
    if (fails) throw new Error("the disk is gone");
    return await Promise.resolve(sound);
  });
  await wait(20);
  assert.equal(board.list().at(-1)?.state, "failed");
  fails = false;
  await wait(20);
  assert.ok(counts.verified >= 2);
  assert.equal(board.list()[0]?.state, "done");
});
