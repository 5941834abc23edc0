import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createTestHome, finish } from "./run-chatty.ts";
import type { TestHome } from "./run-chatty.ts";

let home: TestHome;
const homeSession = "synth-001_chat_with_synth-001";

before(() => {
  home = createTestHome();
});

after(() => {
  home.remove();
});

interface ErrorObject {
  error: { code: string; message: string; hint: string };
}

describe("chatty", () => {
  test("helps without touching the disk", async () => {
    for (const words of [[], ["--help"], ["help", "import"], ["append", "--help"]]) {
      const { code, stdout, stderr } = await home.run(words);
      assert.equal(code, 0);
      assert.match(stdout.toString(), /Usage: chatty/);
      assert.equal(stderr, "");
    }
    assert.ok(!existsSync(join(home.folder, "home")));
    const version = (await home.json(["--version"])) as { version: string };
    assert.match(version.version, /^\d+\.\d+\.\d+$/);
  });

  test("ends with 2 and says what was expected when it is used wrongly", async () => {
    for (const words of [
      ["serv"],
      ["sessions", "--nope"],
      ["import"],
      ["show"],
      ["rebuild", "x"],
      ["--home"],
    ]) {
      const { code, stdout, stderr } = await home.run(words);
      assert.equal(code, 2, words.join(" "));
      assert.equal(stdout.toString(), "");
      assert.match(stderr, /^Error \(USAGE\): .*\nHint: .*\n$/);
    }
    const { error } = (await home.json(["serv"], { code: 2 })) as ErrorObject;
    assert.equal(error.code, "USAGE");
    assert.notEqual(error.hint, "");
  });

  test("begins a fresh vault with both core runtimes and their homes", async () => {
    const { runtimes } = (await home.json(["runtimes"])) as {
      runtimes: { runtimeId: string; active: boolean }[];
    };
    assert.deepEqual(
      runtimes.map(({ runtimeId, active }) => [runtimeId, active]),
      [
        ["synth", true],
        ["lin", false],
      ],
    );
    const { sessions } = (await home.json(["sessions"])) as { sessions: { home: boolean }[] };
    assert.deepEqual(
      sessions.map((session) => session.home),
      [true, true],
    );
  });

  test("keeps environments apart and refuses an unknown one", async () => {
    await home.json(["sessions", "new", "--title", "Only here", "--env", "test"]);
    const { sessions } = (await home.json(["sessions"])) as { sessions: { title: string }[] };
    assert.ok(!sessions.some(({ title }) => title === "Only here"));
    assert.equal((await home.run(["sessions", "--env", "../production"])).code, 2);
  });

  test("names the code of what is not there", async () => {
    const { error } = (await home.json(["show", "nothing-like-this"], { code: 1 })) as ErrorObject;
    assert.equal(error.code, "SESSION_NOT_FOUND");
    const { code, stderr } = await home.run(["show", "nothing-like-this"]);
    assert.equal(code, 1);
    assert.equal(stderr.trimEnd().split("\n").length, 2);
  });

  test("does and undoes what can be done to a session", async () => {
    const made = (await home.json(["sessions", "new", "--title", "Plans"])) as {
      session: { sessionId: string };
    };
    const { sessionId } = made.session;
    const expected: [string[], Record<string, unknown>][] = [
      [["rename", sessionId, "--", "--plans--"], { title: "--plans--" }],
      [["star", sessionId], { starred: true }],
      [["unstar", sessionId], { starred: false }],
      [["archive", sessionId], { archived: true }],
      [["unarchive", sessionId], { archived: false }],
      [["home", sessionId], { home: true }],
    ];
    for (const [words, wanted] of expected) {
      const split = words.indexOf("--");
      const placed = split === -1 ? ["sessions", ...words] : ["--json", "sessions", ...words];
      const { code, stdout } = await home.run(split === -1 ? [...placed, "--json"] : placed);
      assert.equal(code, 0, words.join(" "));
      const { session } = JSON.parse(stdout.toString()) as { session: Record<string, unknown> };
      for (const [key, value] of Object.entries(wanted)) assert.equal(session[key], value, words.join(" "));
    }
  });

  test("is quiet when its reader has seen enough", async () => {
    const child = home.start("show", homeSession);
    child.stdout.destroy();
    const { code, stderr } = await finish(child);
    assert.equal(stderr, "");
    assert.equal(code, 0);
  });

  test("finds relative paths from where it was called, and goes on after one that fails", async () => {
    mkdirSync(join(home.folder, "notes"));
    writeFileSync(join(home.folder, "notes", "shopping.txt"), "milk\n");
    const result = (await home.json(["import", "missing.zip", "notes/shopping.txt"], { code: 1 })) as {
      failures: { path: string; error: { code: string } }[];
    };
    assert.deepEqual(
      result.failures.map(({ path }) => path),
      [join(home.folder, "missing.zip"), join(home.folder, "notes", "shopping.txt")],
    );
  });

  test("gives help as one object with JSON", async () => {
    const { help } = (await home.json(["show", "--help"])) as { help: string };
    assert.match(help, /Usage: chatty show SESSION/);
  });

  test("lists what can be restored", async () => {
    const { session } = (await home.json(["sessions", "new", "--title", "Gone"])) as {
      session: { sessionId: string };
    };
    await home.json(["sessions", "delete", session.sessionId]);
    const deleted = async (): Promise<string[]> => {
      const page = (await home.json(["sessions", "--deleted"])) as { sessions: { sessionId: string }[] };
      return page.sessions.map(({ sessionId }) => sessionId);
    };
    assert.deepEqual(await deleted(), [session.sessionId]);
    assert.match((await home.run(["show", session.sessionId])).stdout.toString(), /^Deleted\./m);
    await home.json(["sessions", "restore", session.sessionId]);
    assert.deepEqual(await deleted(), []);
    assert.deepEqual(await home.json(["runtimes", "--deleted"]), { runtimes: [] });
  });

  test("says that a deleted home was archived and that there is a new one", async () => {
    const { stdout } = await home.run(["sessions", "delete", "lin-001_chat_with_lin-001"]);
    assert.match(stdout.toString(), /^Archived instead of deleted.*new, empty home/);
  });

  test("tells what an import cannot read on stderr, in two lines that say what it is", async () => {
    writeFileSync(join(home.folder, "real.zip"), "");
    symlinkSync("real.zip", join(home.folder, "link.zip"));
    const { code, stdout, stderr } = await home.run(["import", "link.zip", "/dev/null"]);
    assert.equal(code, 1);
    assert.equal(stdout.toString(), "");
    assert.match(
      stderr,
      /^Error \(SYMBOLIC_LINK\): .*link\.zip is a symbolic link.*\nHint: .*import -.*\nError \(NOT_A_FILE\): \/dev\/null is a device.*\nHint: .*\n$/,
    );
  });

  test("answers every check it can for a vault that does not open", async () => {
    const other = createTestHome();
    try {
      await other.json(["runtimes"]);
      const vault = join(other.folder, "home", "production");
      rmSync(join(vault, "chatty.db"));
      const report = (await other.json(["doctor"], { code: 3 })) as {
        ok: boolean;
        checks: { name: string; ok: boolean; message: string }[];
      };
      assert.equal(report.ok, false);
      assert.deepEqual(
        report.checks.map(({ name, ok }) => [name, ok]),
        [
          ["version-control", true],
          ["permissions", true],
          ["disk", true],
          ["lock", true],
          ["versions", true],
          ["environment", true],
          ["integrity", false],
        ],
      );
      assert.match(report.checks.at(-1)?.message ?? "", /CONFIGURATION_MISSING/);
      chmodSync(vault, 0o755);
      const people = await other.run(["doctor"]);
      assert.equal(people.code, 3);
      assert.match(people.stdout.toString(), /^FAIL {2}permissions: /m);
      assert.equal(people.stderr, "");
      assert.equal((await other.run(["doctor", "--env", "nowhere"])).code, 2);
    } finally {
      other.remove();
    }
  });

  test("checks the vault and its surroundings", async () => {
    assert.equal(((await home.json(["verify"])) as { ok: boolean }).ok, true);
    assert.equal(((await home.json(["doctor"])) as { ok: boolean }).ok, true);
    const repaired = (await home.json(["repair", "--dry-run"])) as { lost: unknown[] };
    assert.deepEqual(repaired.lost, []);
  });
});
