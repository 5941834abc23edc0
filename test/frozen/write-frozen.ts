/**
 * Freezes a vault of one version, to be opened by the tests of every later one. From the checkout of that version:
 *
 *     node_modules/.bin/node test/frozen/write-frozen.ts VERSION [--program PATH-OF-MAIN] [--out FILE]
 *
 * Run it once for every release, and never again for the same one.
 */
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { appendAndDie, askerOf, freeze, lookAt } from "./frozen-vault.ts";

const root = dirname(dirname(import.meta.dirname));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { program: { type: "string" }, out: { type: "string" } },
});
const version = positionals[0];
if (version === undefined) throw new Error("Name the version.");
const program = values.program ?? join(root, "packages", "cli", "src", "main.ts");
const out = values.out ?? join(import.meta.dirname, `vault-${version}.json.gz`);
if (existsSync(out)) throw new Error(`${out} is there already; a frozen vault is never written again.`);

interface Made {
  session: { sessionId: string };
}

const folder = mkdtempSync(join(tmpdir(), "chatty-freeze-"));
try {
  const home = join(folder, "home");
  const ask = askerOf(program, home);
  ask(["demo", "--conversations", "12", "--seed", "7"]);
  const made = (title: string): string =>
    (ask(["sessions", "new", "--runtime", "synth", "--title", title]) as Made).session.sessionId;
  const plain = made("Tides and lanterns");
  ask(["append", plain, "--role", "user"], "What moves the tide?\n\n**Two** things, I think.");
  ask(
    ["append", plain, "--role", "assistant"],
    "The moon, mostly. \u{1F30A} e\u0301 \u05e9\u05dc\u05d5\u05dd \u4f60\u597d",
  );
  ask(["append", plain, "--role", "user"], "  spaces, kept  \r\nand a line\u2028apart");
  ask(["sessions", "rename", plain, "Tides, and what moves them"]);
  ask(["sessions", "star", plain]);
  const picture = join(folder, "note.txt");
  writeFileSync(picture, "An attached note.\n");
  const filed = made("With a file");
  ask(["append", filed, "--role", "user", "--file", picture], "See the note.");
  const away = made("Put away");
  ask(["append", away, "--role", "user"], "For later.");
  ask(["sessions", "archive", away]);
  const gone = made("Deleted and back");
  ask(["append", gone, "--role", "user"], "Still here.");
  ask(["sessions", "delete", gone]);
  ask(["sessions", "restore", gone]);
  const undone = made("Undone");
  ask(["append", undone, "--role", "user"], "Before.");
  ask(["sessions", "rename", undone, "A title that was taken back"]);
  ask(["sessions", "undo", undone]);
  ask(["sessions", "home", made("The new home")]);
  const { runtimes } = ask(["runtimes"]) as { runtimes: { runtimeId: string; kind: string }[] };
  const imported = runtimes.find(({ kind }) => kind === "imported");
  if (imported === undefined) throw new Error("The demo imported nothing.");
  const { sessions } = ask(["sessions", "--runtime", imported.runtimeId, "--limit", "50"]) as {
    sessions: { sessionId: string; imported: boolean }[];
  };
  const source = sessions.find((session) => session.imported);
  if (source === undefined) throw new Error("The demo has no conversation.");
  const fork = (ask(["sessions", "fork", source.sessionId]) as Made).session.sessionId;
  ask(["append", fork, "--role", "user"], "Going on from there.");
  ask(["runtimes", "rename", imported.runtimeId, "Years of talk"]);
  await appendAndDie(program, home, plain, ["Said last, one.", "Said last, two.", "Said last, three."]);
  // What is frozen is the state behind the kill; what it says is asked of a copy.
  const copy = join(folder, "copy");
  cpSync(home, copy, { recursive: true, filter: (path) => !path.endsWith(".sock") });
  const packed = freeze(home, version, lookAt(askerOf(program, copy)));
  writeFileSync(out, packed);
  console.log(`${out}: ${packed.length} bytes`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
