import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createTestHome, finish, linesPrinted } from "./run-chatty.ts";
import type { TestHome } from "./run-chatty.ts";

let home: TestHome;
const homeSession = "synth-001_chat_with_synth-001";
const line = (content: string): string => `${JSON.stringify({ role: "user", content })}\n`;

before(() => {
  home = createTestHome();
});

after(() => {
  home.remove();
});

async function newSession(): Promise<string> {
  const made = (await home.json(["sessions", "new", "--title", "T"])) as { session: { sessionId: string } };
  return made.session.sessionId;
}

async function contents(session: string): Promise<string[]> {
  const shown = (await home.json(["show", session])) as { messages: { content: string }[] };
  return shown.messages.map(({ content }) => content);
}

/** A process that owns the vault until its input ends. */
async function startOwner(): Promise<{
  child: ReturnType<TestHome["start"]>;
  finished: ReturnType<typeof finish>;
}> {
  const child = home.start("append", homeSession, "--lines");
  const finished = finish(child);
  child.stdin.write(line("the owner is here"));
  await linesPrinted(child, 1);
  return { child, finished };
}

describe("the owner of a vault", () => {
  test("serves every other command while it runs, several at a time", async () => {
    const { child, finished } = await startOwner();
    const session = await newSession();
    const [listed, appended, wrong, raw] = await Promise.all([
      home.run(["sessions", "--json"]),
      home.run(["append", session, "--role", "user", "--json"], "through the owner\n"),
      home.run(["show", "nothing-like-this", "--json"]),
      home.run(["show", homeSession, "--raw"]),
    ]);
    assert.equal(listed.code, 0);
    assert.equal(appended.code, 0);
    assert.equal(wrong.code, 1);
    assert.equal(
      (JSON.parse(wrong.stdout.toString()) as { error: { code: string } }).error.code,
      "SESSION_NOT_FOUND",
    );
    assert.match(raw.stdout.toString(), /^\{"version":"1.0"/);
    assert.deepEqual(await contents(session), ["through the owner\n"]);
    child.stdin.end();
    assert.equal((await finished).code, 0);
    assert.ok(!existsSync(join(home.folder, "home", "production", "owner.sock")));
  });

  test("loses and doubles nothing of another process when it is killed", async () => {
    const session = await newSession();
    const wanted = Array.from({ length: 1500 }, (_, index) => `m${index}`);
    const { child, finished } = await startOwner();
    const asker = home.start("append", session, "--lines");
    const asked = finish(asker);
    const halfway = linesPrinted(asker, 500);
    for (const content of wanted.slice(0, 700)) asker.stdin.write(line(content));
    await halfway;
    child.kill("SIGKILL");
    for (const content of wanted.slice(700)) asker.stdin.write(line(content));
    asker.stdin.end();
    await finished;
    const { code, stdout, stderr } = await asked;
    assert.equal(code, 0, stderr);
    const ids = stdout
      .toString()
      .trimEnd()
      .split("\n")
      .map((text) => (JSON.parse(text) as { messageId: string }).messageId);
    assert.equal(ids.length, wanted.length);
    assert.equal(new Set(ids).size, wanted.length);
    assert.deepEqual(await contents(session), wanted);
    assert.equal(((await home.json(["verify"])) as { ok: boolean }).ok, true);
  });

  test("is succeeded by whoever comes next, without an error", async () => {
    const { child, finished } = await startOwner();
    child.kill("SIGKILL");
    await finished;
    const runs = await Promise.all(Array.from({ length: 6 }, () => home.run(["runtimes", "--json"])));
    assert.deepEqual(
      runs.map(({ code, stderr }) => [code, stderr]),
      runs.map(() => [0, ""]),
    );
  });

  test("lets a crowd of writers through, each message once", async () => {
    const session = await newSession();
    const runs = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        home.run(["append", session, "--role", "user", "--json"], `writer ${index}`),
      ),
    );
    assert.deepEqual(
      runs.map(({ code }) => code),
      runs.map(() => 0),
    );
    const expected = Array.from({ length: 12 }, (_, index) => `writer ${index}`);
    assert.deepEqual((await contents(session)).sort(), expected.sort());
  });
});
