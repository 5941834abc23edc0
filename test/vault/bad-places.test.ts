import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { VerifyReport } from "@chatty/store";
import { createTestHome, finish, linesPrinted } from "../cli/run-chatty.ts";
import type { TestHome } from "../cli/run-chatty.ts";
import { chatgptExportOf, hostileConversations } from "../fidelity/hostile-export.ts";
import { writeZip } from "../fidelity/zip-writer.ts";
import { fileChanges, listFiles, pathsIn } from "./vault-files.ts";

const home = "synth-001_chat_with_synth-001";
const absentId = "0198c0de-0000-7000-8000-00000000abcd";

interface Refusal {
  error: { code: string; message: string; hint?: string };
}

interface Shown {
  messages: { id: string; content: string }[];
}

function makeHome(t: TestContext): TestHome & { root: string } {
  const made = createTestHome();
  t.after(() => {
    spawnSync("umount", [join(made.folder, "home")]);
    made.remove();
  });
  return { ...made, root: join(made.folder, "home", "production") };
}

async function refused(chatty: TestHome, words: readonly string[], code = 1, input = "x"): Promise<string> {
  const told = (await chatty.json(words, { code, input })) as Refusal;
  assert.ok(told.error.hint !== undefined && told.error.hint !== "", `${words.join(" ")} gives no hint`);
  return told.error.code;
}

/** Mounts an empty file system in memory. @returns why not, where that is not possible */
function mountMemory(folder: string, size: string): string | undefined {
  mkdirSync(folder, { recursive: true });
  const options = `size=${size},mode=700`;
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { encoding: "utf8" });
  if (mounted.status !== 0) {
    return `no file system can be mounted here (${mounted.error?.message ?? mounted.stderr.trim()})`;
  }
  return undefined;
}

function remount(folder: string, options: string): void {
  const done = spawnSync("mount", ["-o", `remount,${options}`, folder], { encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
}

async function contents(chatty: TestHome, session = home): Promise<string[]> {
  return ((await chatty.json(["show", session])) as Shown).messages.map(({ content }) => content);
}

async function isSound(chatty: TestHome): Promise<void> {
  const report = (await chatty.json(["verify"])) as VerifyReport;
  assert.deepEqual(report.problems, []);
}

describe("a full disk", () => {
  test("refuses messages, keeps every one that was acknowledged, and needs no repair when there is room", async (t) => {
    const chatty = makeHome(t);
    const disk = join(chatty.folder, "home");
    const why = mountMemory(disk, "2m");
    if (why !== undefined) {
      t.skip(why);
      return;
    }
    const filler = join(disk, "filler");
    await chatty.json(["runtimes"]);
    writeFileSync(filler, Buffer.alloc(900_000));
    const acknowledged: string[] = [];
    let refusals = 0;
    for (let round = 0; round < 12 && refusals < 3; round += 1) {
      const text = `${round} ${"text of a message ".repeat(3000)}`;
      const { code, stdout } = await chatty.run(["append", home, "--role", "user", "--json"], text);
      if (code === 0) acknowledged.push(text);
      else {
        assert.equal(code, 1);
        assert.equal((JSON.parse(stdout.toString()) as Refusal).error.code, "DISK_FULL");
        refusals += 1;
      }
    }
    assert.equal(refusals, 3, `${acknowledged.length} messages and no end`);
    assert.ok(acknowledged.length > 0);
    rmSync(filler);
    assert.deepEqual(await contents(chatty), acknowledged);
    await chatty.json(["append", home, "--role", "user"], { input: "and on" });
    assert.deepEqual(await contents(chatty), [...acknowledged, "and on"]);
    await isSound(chatty);
  });

  test("keeps every line that was answered in one long command", async (t) => {
    const chatty = makeHome(t);
    const disk = join(chatty.folder, "home");
    const why = mountMemory(disk, "2m");
    if (why !== undefined) {
      t.skip(why);
      return;
    }
    await chatty.json(["runtimes"]);
    const texts = Array.from({ length: 60 }, (_, index) => `${index} ${"y".repeat(30_000)}`);
    const lines = texts.map((content) => `${JSON.stringify({ role: "user", content })}\n`);
    const { code, stdout } = await chatty.run(["append", home, "--lines", "--json"], lines.join(""));
    assert.equal(code, 1);
    const answers = stdout.toString().trimEnd().split("\n");
    const last = JSON.parse(answers.at(-1) ?? "") as Refusal;
    assert.equal(last.error.code, "DISK_FULL");
    remount(disk, "size=16m");
    const kept = await contents(chatty);
    assert.deepEqual(kept, texts.slice(0, kept.length));
    assert.ok(kept.length >= answers.length - 1, `${answers.length - 1} answered, ${kept.length} kept`);
    await isSound(chatty);
  });

  test("refuses an import, leaves nothing of it, and takes it when there is room", async (t) => {
    const chatty = makeHome(t);
    const disk = join(chatty.folder, "home");
    const why = mountMemory(disk, "2m");
    if (why !== undefined) {
      t.skip(why);
      return;
    }
    await chatty.json(["append", home, "--role", "user"], { input: "before" });
    const conversations = hostileConversations(41, 120);
    const members = chatgptExportOf(conversations, { isWhole: true }).members;
    const path = join(chatty.folder, "export.zip");
    const padding = { name: "padding.bin", bytes: Buffer.alloc(900_000, 7), isStored: true };
    writeFileSync(path, writeZip([...members, padding]));
    const before = pathsIn(join(chatty.root, "imports"));
    for (let round = 0; round < 2; round += 1) {
      const told = (await chatty.json(["import", path], { code: 1 })) as Refusal;
      assert.equal(told.error.code, "DISK_FULL");
      assert.deepEqual(await contents(chatty), ["before"]);
    }
    assert.deepEqual(pathsIn(join(chatty.root, "imports")), before);
    const { runtimes } = (await chatty.json(["runtimes"])) as { runtimes: unknown[] };
    assert.equal(runtimes.length, 2);
    remount(disk, "size=32m");
    await isSound(chatty);
    const { imports } = (await chatty.json(["import", path], { code: 3 })) as {
      imports: { balanced: boolean }[];
    };
    assert.equal(imports[0]?.balanced, true);
    await isSound(chatty);
  });
});

describe("a home that cannot be written to", () => {
  test("because its disk is read-only is told as that, and left alone", async (t) => {
    const chatty = makeHome(t);
    const disk = join(chatty.folder, "home");
    const why = mountMemory(disk, "8m");
    if (why !== undefined) {
      t.skip(why);
      return;
    }
    await chatty.json(["append", home, "--role", "user"], { input: "before" });
    const before = listFiles(chatty.root);
    remount(disk, "ro");
    for (const words of [["runtimes"], ["append", home, "--role", "user"], ["verify"]]) {
      assert.equal(await refused(chatty, words), "NOT_WRITABLE", words.join(" "));
    }
    const elsewhere = join(disk, "elsewhere");
    assert.equal(await refused(chatty, ["--home", elsewhere, "runtimes"]), "NOT_WRITABLE");
    remount(disk, "rw");
    assert.deepEqual(fileChanges(before, listFiles(chatty.root)), []);
    assert.deepEqual(await contents(chatty), ["before"]);
  });

  test("because it belongs to somebody else is told as that", async (t) => {
    const nobody = 65_534;
    const able = process.getuid?.() === 0 && spawnSync("setpriv", ["--version"]).status === 0;
    if (!able) {
      t.skip("only root can be somebody else for a moment");
      return;
    }
    const chatty = makeHome(t);
    await chatty.json(["append", home, "--role", "user"], { input: "before" });
    const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");
    chmodSync(chatty.folder, 0o755);
    const asNobody = (): Refusal | { runtimes: unknown[] } => {
      const user = ["--reuid", String(nobody), "--regid", String(nobody), "--clear-groups"];
      const words = [...user, process.execPath, program, "runtimes", "--json"];
      const done = spawnSync("setpriv", [...words, "--home", join(chatty.folder, "home")], {
        cwd: "/",
        encoding: "utf8",
        env: { PATH: process.env["PATH"] ?? "" },
      });
      return JSON.parse(done.stdout) as Refusal;
    };
    const own = (who: number): void => {
      const all = readdirSync(join(chatty.folder, "home"), { recursive: true }).map(String);
      for (const name of ["", ...all]) chownSync(join(chatty.folder, "home", name), who, who);
    };
    const codeOf = (told: ReturnType<typeof asNobody>): string =>
      "error" in told ? told.error.code : "none";
    assert.equal(codeOf(asNobody()), "NOT_WRITABLE", "all of it");
    for (const part of ["vault.json", "chatty.db", "lock.sqlite", "log", "catalog"]) {
      own(nobody);
      assert.equal(codeOf(asNobody()), "none", `${part} was fine`);
      chownSync(join(chatty.root, part), 0, 0);
      if (part === "log" || part === "catalog") chmodSync(join(chatty.root, part), 0o700);
      else chmodSync(join(chatty.root, part), 0o600);
      assert.equal(codeOf(asNobody()), "NOT_WRITABLE", part);
    }
    own(0);
    assert.deepEqual(await contents(chatty), ["before"]);
  });
});

describe("a home", () => {
  test("that is missing is made, private, with all folders above it", async (t) => {
    const chatty = makeHome(t);
    const place = join(chatty.folder, "a b", "ü", "home");
    await chatty.json(["--home", place, "runtimes"]);
    assert.equal(statSync(join(place, "production")).mode & 0o777, 0o700);
    for (const path of pathsIn(join(place, "production"))) {
      assert.equal(statSync(join(place, "production", path)).mode & 0o077, 0, path);
    }
  });

  test("inside version control is refused by every command that would open it", async (t) => {
    const chatty = makeHome(t);
    const tree = join(chatty.folder, "tree");
    if (spawnSync("git", ["init", "-q", tree]).status !== 0) {
      t.skip("git is not installed");
      return;
    }
    const place = join(tree, "deep", "home");
    const commands = [
      ["runtimes"],
      ["sessions"],
      ["sessions", "new"],
      ["show", home],
      ["append", home, "--role", "user"],
      ["demo"],
      ["verify"],
      ["repair"],
      ["rebuild"],
    ];
    for (const words of commands) {
      const code = await refused(chatty, ["--home", place, ...words]);
      assert.equal(code, "HOME_IN_VERSION_CONTROL", words.join(" "));
    }
    const examined = await chatty.run(["--home", place, "doctor", "--json"]);
    assert.notEqual(examined.code, 0);
    assert.match(examined.stdout.toString(), /HOME_IN_VERSION_CONTROL/);
    assert.ok(!existsSync(join(tree, "deep")), "nothing was made");
    writeFileSync(join(tree, ".gitignore"), "/deep/\n");
    await chatty.json(["--home", place, "runtimes"]);
    writeFileSync(join(tree, ".gitignore"), "");
    assert.equal(await refused(chatty, ["--home", place, "runtimes"]), "HOME_IN_VERSION_CONTROL");
  });

  test("that others can read is refused until it is closed", async (t) => {
    const chatty = makeHome(t);
    await chatty.json(["runtimes"]);
    for (const mode of [0o755, 0o710, 0o701]) {
      chmodSync(chatty.root, mode);
      assert.equal(await refused(chatty, ["runtimes"]), "HOME_NOT_PRIVATE", mode.toString(8));
    }
    chmodSync(chatty.root, 0o700);
    await chatty.json(["runtimes"]);
  });

  test("of another environment is not opened, and environments do not see each other", async (t) => {
    const chatty = makeHome(t);
    await chatty.json(["append", home, "--role", "user"], { input: "of production" });
    assert.equal(await refused(chatty, ["--env", "nonsense", "runtimes"], 2), "USAGE");
    const shown = (await chatty.json(["--env", "test", "show", home])) as Shown;
    assert.deepEqual(shown.messages, []);
    const place = join(chatty.folder, "home");
    renameSync(join(place, "production"), join(place, "staging"));
    const before = listFiles(join(place, "staging"));
    assert.equal(await refused(chatty, ["--env", "staging", "runtimes"]), "ENVIRONMENT_MISMATCH");
    assert.deepEqual(fileChanges(before, listFiles(join(place, "staging"))), []);
    renameSync(join(place, "staging"), join(place, "production"));
    assert.deepEqual(await contents(chatty), ["of production"]);
  });

  test("with a path too long for a socket is still shared by two processes", async (t) => {
    const chatty = makeHome(t);
    const place = join(chatty.folder, "x".repeat(75), "y".repeat(75));
    assert.ok(place.length > 150);
    const owner = chatty.start("--home", place, "append", home, "--lines");
    const finished = finish(owner);
    const line = (content: string): string => `${JSON.stringify({ role: "user", content })}\n`;
    owner.stdin.write(line("from the owner"));
    await linesPrinted(owner, 1);
    await chatty.json(["--home", place, "append", home, "--role", "user"], { input: "through the owner" });
    const shown = (await chatty.json(["--home", place, "show", home])) as Shown;
    assert.deepEqual(
      shown.messages.map(({ content }) => content),
      ["from the owner", "through the owner"],
    );
    assert.ok(!existsSync(join(place, "production", "owner.sock")));
    owner.stdin.write(line("from the owner again"));
    owner.stdin.end();
    const { code, stderr } = await finished;
    assert.equal(code, 0, stderr);
    const after = (await chatty.json(["--home", place, "show", home])) as Shown;
    assert.equal(after.messages.length, 3);
  });
});

describe("a second owner", () => {
  test("is never there: every command goes through the first one, also those that change the most", async (t) => {
    const chatty = makeHome(t);
    const owner = chatty.start("append", home, "--lines");
    const finished = finish(owner);
    owner.stdin.write(`${JSON.stringify({ role: "user", content: "first" })}\n`);
    await linesPrinted(owner, 1);
    const made = (await chatty.json(["sessions", "new", "--title", "T"])) as {
      session: { sessionId: string };
    };
    const id = made.session.sessionId;
    const commands = [
      ["runtimes", "select", "lin"],
      ["sessions", "rename", id, "U"],
      ["sessions", "star", id],
      ["append", id, "--role", "user"],
      ["demo", "--conversations", "4"],
      ["rebuild", "all"],
      ["repair"],
      ["verify"],
      ["sessions", "delete", id],
      ["sessions", "purge", id],
      ["verify"],
    ];
    for (const words of commands) await chatty.json(words, { input: "text" });
    assert.equal(await refused(chatty, ["show", id]), "SESSION_NOT_FOUND");
    const { checks } = (await chatty.json(["doctor"])) as { checks: { name: string; ok: boolean }[] };
    assert.equal(checks.find(({ name }) => name === "lock")?.ok, true);
    owner.stdin.end();
    assert.equal((await finished).code, 0);
    await isSound(chatty);
  });
});

describe("wrong names and words", () => {
  const failures: Record<string, [string, ...string[]][]> = {
    SESSION_NOT_FOUND: [
      ["show", "nobody"],
      ["show", absentId],
      ["show", "nobody", "--raw"],
      ["append", "nobody", "--role", "user"],
      ["sessions", "home", "nobody"],
      ["sessions", "rename", "nobody", "x"],
      ["sessions", "fork", "nobody"],
      ["sessions", "purge", absentId],
      ["verify", "nobody"],
    ],
    RUNTIME_NOT_FOUND: [
      ["runtimes", "select", "nobody"],
      ["runtimes", "delete", "nobody"],
      ["sessions", "--runtime", "nobody"],
      ["sessions", "new", "--runtime", "nobody"],
    ],
    MESSAGE_NOT_FOUND: [
      ["sessions", "fork", home, "--at", absentId],
      ["append", home, "--role", "user", "--parent", absentId],
    ],
    SESSION_NOT_DELETED: [["sessions", "purge", home]],
    NOTHING_TO_UNDO: [["sessions", "undo", home]],
    RUNTIME_IS_CORE: [["runtimes", "delete", "synth"]],
    CURSOR_INVALID: [["sessions", "--after", "x"]],
    USER_NOT_FOUND: [["runtimes", "--user", absentId]],
    SOURCE_NOT_FOUND: [["import", "absent.zip"]],
    PATH_NOT_FOUND: [["append", home, "--role", "user", "--file", "absent.txt"]],
  };
  const usages: [string, ...string[]][] = [
    ["nothing"],
    ["show"],
    ["sessions", "star"],
    ["sessions", "--limit", "0"],
    ["sessions", "fork", home, "--at", "nonsense"],
    ["append", home],
    ["append", home, "--role", "king"],
    ["rebuild", "nothing"],
    ["runtimes", "--user", "nobody"],
    ["show", home, "--at", "nonsense"],
  ];

  test("end with 1 and 2, a code, a hint, and an untouched vault", async (t) => {
    const chatty = makeHome(t);
    await chatty.json(["runtimes"]);
    const before = listFiles(chatty.root);
    const cases = [
      ...Object.entries(failures).flatMap(([code, all]) => all.map((words) => ({ words, code, exit: 1 }))),
      ...usages.map((words) => ({ words, code: "USAGE", exit: 2 })),
    ];
    const worker = async (): Promise<void> => {
      for (let next = cases.shift(); next !== undefined; next = cases.shift()) {
        const { words, code, exit } = next;
        const told = (await chatty.json(words, { code: exit, input: "x" })) as Refusal;
        assert.equal(told.error.code, code, words.join(" "));
      }
    };
    await Promise.all([worker(), worker()]);
    assert.deepEqual(fileChanges(before, listFiles(chatty.root)), []);
  });
});
