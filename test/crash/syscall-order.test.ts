import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { createRandom } from "../fidelity/seeded-random.ts";
import { makeLines } from "./killed-process.ts";
import { checkOrder, parseTrace } from "./syscall-trace.ts";
import type { SystemCall } from "./syscall-trace.ts";

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");
const planted = pathToFileURL(join(import.meta.dirname, "planted-order.ts")).href;
const traced = "openat,pwrite64,write,writev,fdatasync,fsync,rename,renameat,renameat2,unlink";

const skip = reasonToSkip();

/** strace, installed when that is possible without asking anybody. */
function reasonToSkip(): string | false {
  if (process.platform !== "linux") return "strace is a program of Linux";
  const isThere = (): boolean =>
    spawnSync("strace", ["-o", "/dev/null", "true"], { stdio: "ignore" }).status === 0;
  if (isThere()) return false;
  if (process.getuid?.() === 0) {
    spawnSync("apt-get", ["install", "-y", "strace"], { stdio: "ignore", timeout: 60_000 });
  }
  return isThere() ? false : "strace is not there or may not trace (Debian: apt-get install strace)";
}

interface Traced {
  calls: SystemCall[];
  stdout: string;
}

function makeFolder(context: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-order-")));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the real program under strace. `fault` breaks it in a known way first. */
function runTraced(folder: string, words: readonly string[], input = "", fault?: string): Traced {
  const trace = join(folder, "trace");
  const node = [...(fault === undefined ? [] : ["--import", planted]), program, ...words, "--json"];
  const run = spawnSync(
    "strace",
    ["-f", "-y", "-s", "4000000", "-e", `trace=${traced}`, "-o", trace, process.execPath, ...node],
    {
      cwd: folder,
      input,
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: folder,
        CHATTY_HOME: join(folder, "home"),
        ...(fault === undefined ? {} : { PLANTED_FAULT: fault }),
      },
    },
  );
  assert.equal(run.status, 0, run.stderr);
  return { calls: parseTrace(readFileSync(trace, "utf8")), stdout: run.stdout };
}

function appendTraced(
  context: TestContext,
  fault?: string,
): { violations: string[]; acknowledged: number; sent: number } {
  const folder = makeFolder(context);
  const made = spawnSync(process.execPath, [program, "sessions", "new", "--json"], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, CHATTY_HOME: join(folder, "home") },
  });
  const { session } = JSON.parse(made.stdout) as { session: { sessionId: string } };
  const lines = makeLines(createRandom(1), 300);
  const input = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const { calls, stdout } = runTraced(folder, ["append", session.sessionId, "--lines"], input, fault);
  assert.equal(stdout.trimEnd().split("\n").length, lines.length);
  const { acknowledged, violations } = checkOrder(calls);
  return { violations, acknowledged: acknowledged.length, sent: lines.length };
}

describe("system calls of append --lines", { skip }, () => {
  test("write each message to the log, then sync the log, and only then acknowledge it", (t) => {
    const { violations, acknowledged, sent } = appendTraced(t);
    assert.deepEqual([acknowledged, violations], [sent, []]);
    t.diagnostic(`${acknowledged} acknowledgements, each behind its write and a sync that began after it`);
  });

  test("are found out of order when the sync is missing", (t) => {
    const { violations, acknowledged } = appendTraced(t, "sync-removed");
    assert.equal(violations.length, acknowledged);
    assert.match(violations[0] ?? "", /before it was synced/);
  });

  test("are found out of order when the sync comes after the acknowledgement", (t) => {
    const { violations } = appendTraced(t, "sync-after-acknowledgement");
    assert.ok(violations.some((violation) => violation.includes("before it was synced")));
  });

  test("are found out of order when the acknowledgement comes before the write", (t) => {
    const { violations } = appendTraced(t, "acknowledgement-before-write");
    assert.ok(violations.some((violation) => violation.includes("before it was written")));
  });
});

describe("system calls of the first opening", { skip }, () => {
  test("make the log file, sync it, sync its folder, and only then say that there is a vault", (t) => {
    const folder = makeFolder(t);
    const { calls } = runTraced(folder, ["sessions", "new"]);
    const root = join(folder, "home", "production");
    const log = join(root, "log");
    const at = (what: string, found: (call: SystemCall) => boolean): number => {
      const call = calls.find((each) => each.result !== undefined && each.result >= 0 && found(each));
      assert.ok(call !== undefined, `no system call: ${what}`);
      return call.begun;
    };
    const isSync = ({ name }: SystemCall): boolean => /^f(?:data)?sync$/.test(name);
    const order = [
      at(
        "make",
        ({ name, text }) => name === "openat" && text.includes(`${log}/1.jsonl"`) && text.includes("O_EXCL"),
      ),
      at("write", ({ name, target }) => name === "pwrite64" && target === join(log, "1.jsonl")),
      at("sync", (call) => isSync(call) && call.target === join(log, "1.jsonl")),
      at("sync of the folder", (call) => isSync(call) && call.target === log),
      at("vault.json", ({ name, text }) => name.startsWith("rename") && text.includes(`${root}/vault.json"`)),
    ];
    assert.deepEqual(
      order,
      order.toSorted((one, other) => one - other),
    );
    const described = order.at(-1) ?? 0;
    at("sync behind vault.json", (call) => isSync(call) && call.target === root && call.begun > described);
    at("sync of the folder around the vault", (call) => isSync(call) && call.target === join(folder, "home"));
  });
});

describe("parseTrace", () => {
  test("puts together what other threads cut in two", () => {
    const calls = parseTrace(
      [
        '10  pwrite64(21</v/log/2.jsonl>, "{\\"seq\\":1}", 9, 0) = 9',
        "11  fdatasync(21</v/log/2.jsonl> <unfinished ...>",
        '10  write(1<pipe:[7]>, "{\\"messageId\\":\\"0\\"}\\n", 18) = 18',
        "11  <... fdatasync resumed>)             = 0",
        "12  fsync(22</v/log>)                   = -1 EIO (Input/output error)",
        "13  +++ exited with 0 +++",
      ].join("\n"),
    );
    assert.deepEqual(
      calls.map(({ name, target, begun, ended, result }) => [name, target, begun, ended, result]),
      [
        ["pwrite64", "/v/log/2.jsonl", 0, 0, 9],
        ["fdatasync", "/v/log/2.jsonl", 1, 3, 0],
        ["write", "pipe:[7]", 2, 2, 18],
        ["fsync", "/v/log", 4, 4, -1],
      ],
    );
  });
});
