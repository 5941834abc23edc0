import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { createTestHome, finish, linesPrinted } from "../cli/run-chatty.ts";
import type { TestHome } from "../cli/run-chatty.ts";
import { listFiles } from "./vault-files.ts";

interface Taken {
  path: string;
  backupId: string;
  files: number;
  bytes: number;
  manifestHash: string;
  verified: boolean;
}

function makeHome(t: TestContext): TestHome {
  const home = createTestHome();
  t.after(() => home.remove());
  return home;
}

async function codeOf(home: TestHome, words: string[], code = 1): Promise<string> {
  const { error } = (await home.json(words, { code })) as { error: { code: string } };
  return error.code;
}

describe("chatty backup, backups and restore", () => {
  test("back up, list and restore, with the keys of the contract", async (t) => {
    const home = makeHome(t);
    const { session } = (await home.json(["sessions", "new", "--title", "Kept"])) as {
      session: { sessionId: string };
    };
    await home.json(["append", session.sessionId, "--role", "user"], { input: "to be kept" });
    const taken = (await home.json(["backup", "saved"])) as Taken;
    assert.equal(taken.path, join(home.folder, "saved"));
    assert.match(taken.manifestHash, /^sha256:[0-9a-f]{64}$/);
    assert.ok(taken.verified && taken.files > 0 && taken.bytes > 0);
    const untested = (await home.json(["backup", "saved", "--untested"])) as Taken;
    assert.equal(untested.verified, false);
    const { backups } = (await home.json(["backups", "saved"])) as { backups: Taken[] };
    assert.deepEqual(
      backups.map(({ backupId }) => backupId),
      [taken.backupId, untested.backupId],
    );
    const planned = (await home.json(["restore", "saved", "--to", "new", "--dry-run"])) as Taken;
    assert.deepEqual([planned.files, planned.verified], [untested.files, false]);
    assert.ok(!existsSync(join(home.folder, "new")));
    const words = ["restore", "saved", "--to", "new", "--backup", taken.backupId];
    const restored = (await home.json(words)) as Taken;
    assert.deepEqual([restored.verified, restored.manifestHash], [true, taken.manifestHash]);
    assert.equal(restored.path, join(home.folder, "new", "production"));
    const shown = await home.run(["show", session.sessionId, "--home", "new"]);
    assert.match(shown.stdout.toString(), /to be kept/);
    assert.equal(await codeOf(home, words), "RESTORE_TARGET_NOT_EMPTY");
    const lines = await home.run(["backups", "saved"]);
    assert.match(lines.stdout.toString(), /tested\n.*not tested\n$/s);
    const thinned = (await home.json([
      "backup",
      "saved",
      "--keep-hourly",
      "1",
      "--keep-daily",
      "1",
      "--keep-monthly",
      "1",
    ])) as {
      thinned: { removed: string[] };
    };
    assert.deepEqual(thinned.thinned.removed, [taken.backupId, untested.backupId]);
  });

  test("merge into a home that is there, through its owner too", async (t) => {
    const home = makeHome(t);
    await home.json(["sessions", "new", "--title", "Both"]);
    await home.json(["backup", "saved", "--untested"]);
    await home.json(["restore", "saved", "--to", "other"]);
    await home.json(["sessions", "new", "--title", "Later"]);
    await home.json(["backup", "saved", "--untested"]);
    const held = home.start(
      "append",
      await firstSession(home, "other"),
      "--lines",
      "--json",
      "--home",
      "other",
    );
    t.after(() => held.kill("SIGKILL"));
    held.stdin.write('{"role":"user","content":"owned"}\n');
    await linesPrinted(held, 1);
    const merge = ["restore", "saved", "--to", "other", "--merge"];
    const planned = (await home.json([...merge, "--dry-run"])) as { added: { sessions: number } };
    const merged = (await home.json(merge)) as { added: { sessions: number }; verified: boolean };
    assert.deepEqual([planned.added.sessions, merged.added.sessions, merged.verified], [1, 1, true]);
    assert.equal(((await home.json(merge)) as { added: { sessions: number } }).added.sessions, 0);
    held.stdin.end();
    await finish(held);
    const { sessions } = (await home.json(["sessions", "--home", "other"])) as {
      sessions: { title: string }[];
    };
    assert.ok(sessions.some(({ title }) => title === "Later"));
  });

  test("refuse what makes no sense, and say what to do", async (t) => {
    const home = makeHome(t);
    assert.equal(await codeOf(home, ["restore", "saved"], 2), "USAGE");
    assert.equal(await codeOf(home, ["restore", "saved", "--to", "new"]), "BACKUP_NOT_FOUND");
    assert.equal(await codeOf(home, ["restore", "saved", "--to", "new", "--merge"], 2), "USAGE");
    await home.json(["backup", "saved", "--untested"]);
    assert.equal(await codeOf(home, ["restore", "saved", "--to", "new", "--merge"], 2), "USAGE");
    writeFileSync(join(home.folder, "file"), "mine");
    assert.equal(await codeOf(home, ["backup", "file"]), "BACKUP_PLACE_FOREIGN");
    // A damaged object ends in an error, and nothing is left in the new place.
    const objects = join(home.folder, "saved", "objects");
    const [longest] = [...listFiles(objects).keys()]
      .map((path) => join(objects, path))
      .sort((left, right) => statSync(right).size - statSync(left).size);
    writeFileSync(longest ?? "", Buffer.alloc(statSync(longest ?? "").size));
    assert.equal(await codeOf(home, ["restore", "saved", "--to", "new"]), "BACKUP_DAMAGED");
    assert.deepEqual(readdirSync(join(home.folder, "new")), []);
  });

  test("stop at Ctrl-C with nothing half-done", async (t) => {
    const home = makeHome(t);
    await home.json(["demo", "--conversations", "10"]);
    const child = home.start("backup", "saved", "--json");
    const finished = finish(child);
    const timer = setInterval(() => {
      // From the first object on it is under way.
      if (existsSync(join(home.folder, "saved", "objects"))) child.kill("SIGINT");
    }, 2);
    const { code } = await finished;
    clearInterval(timer);
    assert.ok(code === 130 || code === 0, `${code}`);
    const { backups } = (await home.json(["backups", "saved"])) as { backups: Taken[] };
    assert.ok(backups.length <= 1);
    assert.ok(((await home.json(["backup", "saved"])) as Taken).verified);
  });
});

async function firstSession(home: TestHome, folder: string): Promise<string> {
  const { sessions } = (await home.json(["sessions", "--home", folder])) as {
    sessions: { sessionId: string }[];
  };
  return sessions[0]?.sessionId ?? "";
}
