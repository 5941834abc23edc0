// What people install is not what runs in the checkout: built files, rewritten exports, a program in node_modules/.bin.
// This installs the tarballs into an empty folder outside the checkout and uses them as a stranger would.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, test } from "node:test";
import { checkout, runAsStranger, startAsStranger } from "./stranger.ts";
import type { Ended } from "./stranger.ts";

const folder = mkdtempSync(join(tmpdir(), "chatty-packed-"));
const elsewhere = join(folder, "elsewhere");
let tarballs: string[] = [];

/** The Node of this test first in the PATH, because the program asks the PATH for its Node. */
function run(command: string, words: readonly string[], cwd: string, timeoutMs: number): Ended {
  return runAsStranger(command, words, { cwd, timeoutMs, pathFirst: dirname(process.execPath) });
}

function chatty(words: readonly string[], timeoutMs = 60_000): Ended {
  return run(join(elsewhere, "node_modules", ".bin", "chatty"), words, elsewhere, timeoutMs);
}

/** Set by the first test; without it the others have nothing to look at, and say so in one line. */
let isInstalled = false;

function requireInstalled(): void {
  assert.ok(isInstalled, "nothing was installed; see the first test of this file");
}

test("the packages are packed and installed elsewhere", () => {
  mkdirSync(elsewhere);
  const packed = run(process.execPath, [join(checkout, "scripts", "pack.ts"), folder], checkout, 180_000);
  assert.equal(packed.status, 0, packed.shown);
  tarballs = packed.stdout.trim().split("\n");
  const tarballOf = Object.fromEntries(
    tarballs.map((path) => [`@chatty/${basename(path).split("-")[1]}`, `file:${path}`]),
  );
  const manifest = {
    private: true,
    type: "module",
    dependencies: tarballOf,
    // What the packages want of each other is these very tarballs, and nothing that may be published under their names.
    overrides: tarballOf,
  };
  writeFileSync(join(elsewhere, "package.json"), JSON.stringify(manifest));
  const words = [
    "install",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--fetch-retries=1",
    "--loglevel=error",
  ];
  const installed = run("npm", words, elsewhere, 180_000);
  assert.equal(installed.status, 0, installed.shown);
  isInstalled = true;
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("the tarballs hold built files and nothing else", () => {
  requireInstalled();
  assert.equal(tarballs.length, 6);
  for (const name of ["model", "importers", "store", "runtimes", "server", "cli"]) {
    const installed = join(elsewhere, "node_modules", "@chatty", name);
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
      private?: boolean;
      exports: Record<string, { types: string; default: string }>;
    };
    assert.equal(manifest.private, undefined, `${name} is still private`);
    assert.ok(!existsSync(join(installed, "src")), `${name} ships its sources`);
    assert.ok(existsSync(join(installed, "LICENSE")), `${name} ships no licence`);
    for (const [subpath, targets] of Object.entries(manifest.exports)) {
      for (const target of Object.values(targets)) {
        assert.ok(existsSync(join(installed, target)), `${name} ${subpath} points at ${target}`);
      }
    }
  }
});

test("the installed program tells its version", () => {
  requireInstalled();
  const done = chatty(["--version"]);
  assert.equal(done.status, 0, done.shown);
  const { version } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as { version: string };
  assert.ok(done.stdout.includes(version), done.shown);
});

test("the installed program imports the demo and lists it", () => {
  requireInstalled();
  const home = join(folder, "home");
  const demo = chatty(["--home", home, "--json", "demo", "--conversations", "5"], 120_000);
  assert.equal(demo.status, 0, demo.shown);
  const listed = chatty(["--home", home, "--json", "runtimes"]);
  assert.equal(listed.status, 0, listed.shown);
  const { runtimes } = JSON.parse(listed.stdout) as {
    runtimes: { kind: string; conversationCount: number }[];
  };
  const imported = runtimes.filter((runtime) => runtime.kind === "imported");
  assert.ok(imported.length > 0, listed.shown);
  assert.ok(
    imported.every((runtime) => runtime.conversationCount > 0),
    listed.shown,
  );
});

test("the installed program serves the page that came with it", async () => {
  requireInstalled();
  const program = join(elsewhere, "node_modules", ".bin", "chatty");
  const started = startAsStranger(program, ["--home", join(folder, "served"), "serve", "--port", "0"], {
    cwd: elsewhere,
    timeoutMs: 60_000,
    pathFirst: dirname(process.execPath),
  });
  try {
    const link = await started.printed(/(http:\/\/127\.0\.0\.1:\d+\/\?token=\S+)/);
    const signedIn = await fetch(link, { redirect: "manual" });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const page = await fetch(new URL("/", link), { headers: { cookie } });
    const script = /<script [^>]*src="(\/assets\/[^"]+)"/.exec(await page.text())?.[1];
    assert.ok(script !== undefined, "the page names no script");
    assert.equal((await fetch(new URL(script, link), { headers: { cookie } })).status, 200);
  } finally {
    await started.end();
  }
});

test("a ten-line program keeps a conversation with the store alone", () => {
  requireInstalled();
  const program = [
    'import { openVault } from "@chatty/store";',
    "",
    'const vault = await openVault({ home: process.argv[2], environment: "test" });',
    "const user = vault.user();",
    'const session = await user.createSession({ title: "From a program" });',
    'await user.append(session.sessionId, [{ role: "user", content: "Hello, vault." }]);',
    "const kept = await user.show(session.sessionId);",
    "console.log(JSON.stringify(kept.messages.map((message) => message.content)));",
    "await vault.close();",
  ];
  writeFileSync(join(elsewhere, "program.js"), `${program.join("\n")}\n`);
  const done = run(process.execPath, ["program.js", join(folder, "program-home")], elsewhere, 60_000);
  assert.equal(done.status, 0, done.shown);
  assert.equal(done.stdout.trim(), '["Hello, vault."]');
});

test("the installed types are there for a program that is checked", () => {
  requireInstalled();
  writeFileSync(
    join(elsewhere, "typed.ts"),
    'import type { Vault } from "@chatty/store";\nimport { isUuid } from "@chatty/model";\n' +
      "export const close = (vault: Vault): Promise<void> => vault.close();\nexport const answer: boolean = isUuid('x');\n",
  );
  const compiler = join(checkout, "node_modules", "typescript", "bin", "tsc");
  const words = [compiler, "--noEmit", "--strict", "--module", "nodenext", "--target", "es2024"];
  // A program for Node has Node's types.
  const types = ["--typeRoots", join(checkout, "node_modules", "@types"), "--types", "node"];
  const done = run(process.execPath, [...words, ...types, "typed.ts"], elsewhere, 120_000);
  assert.equal(done.status, 0, done.shown);
});
