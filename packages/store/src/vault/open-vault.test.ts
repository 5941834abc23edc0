import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import { openVault } from "./open-vault.ts";

const made: string[] = [];
after(() => {
  for (const folder of made) fs.rmSync(folder, { recursive: true, force: true });
});

describe("openVault", () => {
  test("makes a vault with the core runtimes, their homes and the first event", async () => {
    const home = newHome();
    const vault = await openVault({ home, environment: "test" });
    const runtimes = vault.user().runtimes();
    assert.deepEqual(
      runtimes.map((runtime) => [runtime.runtimeId, runtime.name, runtime.mode, runtime.active]),
      [
        ["synth", "Chatty", "synth", true],
        ["lin", "Lin", "lin", false],
      ],
    );
    for (const { constructId, homeSessionId } of runtimes) {
      const home = vault.user().session(`${constructId}_chat_with_${constructId}`);
      assert.equal(home.sessionId, homeSessionId);
      assert.equal(home.home, true);
    }
    await vault.close();
    const events = readEvents(home, "runtime_selections");
    assert.equal(events.length, 1);
    assert.equal(readEvents(home, "conversations").length, 2);
  });

  test("keeps folders private and files too", async () => {
    const home = newHome();
    await (await openVault({ home, environment: "test" })).close();
    for (const path of everything(join(home, "test"))) {
      const mode = fs.lstatSync(path).mode & 0o777;
      assert.equal(mode, fs.lstatSync(path).isDirectory() ? 0o700 : 0o600, path);
    }
  });

  test("makes nothing when it is told not to", async () => {
    const home = newHome();
    await refuses({ home, environment: "test", create: false }, "VAULT_NOT_FOUND");
    assert.deepEqual(fs.readdirSync(home), []);
  });

  test("refuses a vault of another environment and changes nothing", async () => {
    const home = newHome();
    await (await openVault({ home, environment: "test" })).close();
    fs.renameSync(join(home, "test"), join(home, "production"));
    const before = digest(home);
    await refuses({ home, environment: "production" }, "ENVIRONMENT_MISMATCH");
    assert.equal(digest(home), before);
  });

  test("refuses an unknown environment", async () => {
    await refuses({ home: newHome(), environment: "prod" }, "ENVIRONMENT_UNKNOWN");
  });

  test("refuses a vault of an unknown format and changes nothing", async () => {
    const home = newHome();
    await (await openVault({ home, environment: "test" })).close();
    const path = join(home, "test", "vault.json");
    const described = JSON.parse(fs.readFileSync(path, "utf8")) as Record<string, unknown>;
    fs.writeFileSync(path, JSON.stringify({ ...described, format: 2 }));
    const before = digest(home);
    await refuses({ home, environment: "test" }, "VAULT_FORMAT_UNKNOWN");
    fs.writeFileSync(path, "{half");
    await refuses({ home, environment: "test" }, "VAULT_FILE_DAMAGED");
    fs.writeFileSync(path, JSON.stringify({ ...described, format: 2 }));
    assert.equal(digest(home), before);
  });

  test("never begins a vault anew over data whose description is gone", async () => {
    const home = newHome();
    await (await openVault({ home, environment: "test" })).close();
    fs.rmSync(join(home, "test", "vault.json"));
    await refuses({ home, environment: "test" }, "VAULT_FILE_MISSING");
    assert.ok(fs.readdirSync(join(home, "test", "log")).length > 0);
  });

  test("never begins a configuration anew when it is gone", async () => {
    const home = newHome();
    await (await openVault({ home, environment: "test" })).close();
    fs.rmSync(join(home, "test", "chatty.db"));
    await refuses({ home, environment: "test" }, "CONFIGURATION_MISSING");
  });

  test("refuses a home inside a git work tree that does not ignore it", async () => {
    const tree = newHome();
    execFileSync("git", ["init", "--quiet", tree]);
    const home = join(tree, "data");
    await refuses({ home, environment: "test" }, "HOME_IN_VERSION_CONTROL");
    assert.equal(fs.existsSync(home), false);
    fs.writeFileSync(join(tree, ".gitignore"), "/data/\n");
    await (await openVault({ home, environment: "test" })).close();
  });

  test("refuses a folder that others can read", async () => {
    const home = newHome();
    await (await openVault({ home, environment: "test" })).close();
    fs.chmodSync(join(home, "test"), 0o755);
    await refuses({ home, environment: "test" }, "HOME_NOT_PRIVATE");
    fs.chmodSync(join(home, "test"), 0o700);
  });

  test("refuses a home that is a link or a file", async () => {
    const home = newHome();
    const elsewhere = newHome();
    fs.symlinkSync(elsewhere, join(home, "test"));
    await refuses({ home, environment: "test" }, "HOME_NOT_A_FOLDER");
    fs.writeFileSync(join(home, "staging"), "");
    await refuses({ home, environment: "staging" }, "HOME_NOT_A_FOLDER");
  });

  test("refuses a second owner until the first has let go", async () => {
    const home = newHome();
    const first = await openVault({ home, environment: "test" });
    await refuses({ home, environment: "test" }, "VAULT_BUSY");
    await first.close();
    await (await openVault({ home, environment: "test" })).close();
  });

  test("keeps environments side by side", async () => {
    const home = newHome();
    const production = await openVault({ home, environment: "production" });
    const development = await openVault({ home, environment: "development" });
    await production.user().createSession({ title: "Only here" });
    assert.equal(development.user().sessions().sessions.length, 2);
    assert.notEqual(production.vaultId, development.vaultId);
    await production.close();
    await development.close();
  });

  test("goes on after a creation that was cut short", async () => {
    const home = newHome();
    fs.mkdirSync(join(home, "test", "log"), { recursive: true, mode: 0o700 });
    fs.writeFileSync(join(home, "test", "log", "1.jsonl"), '{"format":1,"lo');
    const vault = await openVault({ home, environment: "test" });
    assert.equal(vault.user().runtimes().length, 2);
    await vault.close();
  });
});

describe("two users of one vault", () => {
  test("never see each other's sessions, names or files", async () => {
    const home = newHome();
    const vault = await openVault({ home, environment: "test" });
    const [alice] = vault.users();
    const a = vault.user(alice?.userId);
    const b = await vault.createUser("second");
    assert.throws(() => vault.user(), { code: "USER_REQUIRED" });
    const secret = await a.createSession({ title: "Secret of a" });
    await a.append(secret.sessionId, [{ role: "user", content: "canary-of-a" }]);
    const seen = [
      ...b.sessions().sessions.map((session) => session.sessionId),
      ...b.runtimes().map((runtime) => runtime.homeSessionId),
    ];
    assert.equal(seen.includes(secret.sessionId), false);
    for (const name of [secret.sessionId, secret.sessionId.slice(0, 30)]) {
      assert.throws(() => b.session(name), { code: "SESSION_NOT_FOUND" });
      await assert.rejects(b.show(name), { code: "SESSION_NOT_FOUND" });
      await assert.rejects(b.append(name, [{ role: "user", content: "x" }]), { code: "SESSION_NOT_FOUND" });
      await assert.rejects(b.deleteSession(name), { code: "SESSION_NOT_FOUND" });
    }
    // The same slug means each user's own home.
    assert.notEqual(
      a.session("synth-001_chat_with_synth-001").sessionId,
      b.session("synth-001_chat_with_synth-001").sessionId,
    );
    await vault.close();
    const ofB = everything(join(home, "test")).filter(
      (path) => path.includes(b.userId) && fs.lstatSync(path).isFile(),
    );
    assert.ok(ofB.length > 0);
    for (const path of ofB) assert.equal(fs.readFileSync(path).includes("canary-of-a"), false, path);
  });
});

function newHome(): string {
  const folder = fs.mkdtempSync(join(tmpdir(), "chatty-open-"));
  made.push(folder);
  return folder;
}

async function refuses(options: Parameters<typeof openVault>[0], code: string): Promise<void> {
  await assert.rejects(openVault(options), (error) => isChattyError(error, code) && error.hint !== undefined);
}

function everything(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
}

function digest(folder: string): string {
  const hash = createHash("sha256");
  for (const path of everything(folder).sort()) {
    hash.update(path);
    if (fs.lstatSync(path).isFile()) hash.update(fs.readFileSync(path));
  }
  return hash.digest("hex");
}

function readEvents(home: string, stream: string): unknown[] {
  const path = everything(home).find((found) => found.endsWith(`events/${stream}.jsonl`));
  assert.ok(path !== undefined);
  return fs
    .readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}
