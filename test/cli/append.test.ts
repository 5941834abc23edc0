import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createTestHome, finish, linesPrinted } from "./run-chatty.ts";
import type { TestHome } from "./run-chatty.ts";

interface Answer {
  messageId: string;
  seq: number;
}

interface Shown {
  activePath: string[];
  messages: {
    id: string;
    parentId: string | null;
    role: string;
    content: string;
    parts: { kind: string }[];
  }[];
}

let home: TestHome;

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

async function show(session: string): Promise<Shown> {
  return (await home.json(["show", session])) as Shown;
}

function answersOf(stdout: Buffer): Answer[] {
  const lines = stdout.toString("utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Answer);
}

function linesOf(from: number, to: number): string {
  let text = "";
  for (let index = from; index < to; index += 1) {
    text += `${JSON.stringify({ role: index % 2 === 0 ? "user" : "assistant", content: `message ${index}` })}\n`;
  }
  return text;
}

describe("chatty append", () => {
  test("keeps the text byte for byte", async () => {
    const session = await newSession();
    const text = "\uFEFF  zwei Wörter \r\n\t👩‍🚀 e\u0301\n\n# not a heading\n---\n\n";
    await home.json(["append", session, "--role", "user"], { input: text });
    const { messages } = await show(session);
    assert.equal(messages[0]?.content, text);
  });

  test("refuses what is not UTF-8 and appends nothing", async () => {
    const session = await newSession();
    const input = Buffer.from([0x61, 0xff]);
    const told = (await home.json(["append", session, "--role", "user"], { input, code: 1 })) as {
      error: { code: string };
    };
    assert.equal(told.error.code, "INVALID_UTF8");
    assert.equal((await show(session)).messages.length, 0);
  });

  test("refuses to append nothing", async () => {
    const session = await newSession();
    const told = (await home.json(["append", session, "--role", "user"], { code: 1 })) as {
      error: { code: string };
    };
    assert.equal(told.error.code, "EMPTY_MESSAGE");
    assert.equal((await show(session)).messages.length, 0);
  });

  test("fails when nobody reads the answers to lines", async () => {
    const session = await newSession();
    const child = home.start("append", session, "--lines");
    const finished = finish(child);
    child.stdout.destroy();
    child.stdin.on("error", () => undefined);
    child.stdin.end(linesOf(0, 3));
    assert.equal((await finished).code, 1);
  });

  test("makes a branch with a parent, and the same id again changes nothing", async () => {
    const session = await newSession();
    const first = (await home.json(["append", session, "--role", "user"], { input: "a" })) as Answer;
    await home.json(["append", session, "--role", "assistant"], { input: "b" });
    const words = ["append", session, "--role", "assistant", "--parent", first.messageId];
    const id = "0198c0de-0000-7000-8000-00000000abcd";
    const once = await home.json([...words, "--id", id], { input: "c" });
    assert.deepEqual(await home.json([...words, "--id", id], { input: "c" }), once);
    const { messages } = await show(session);
    assert.equal(messages.length, 3);
    assert.equal(messages.filter(({ parentId }) => parentId === first.messageId).length, 2);
  });

  test("attaches files under their hash", async () => {
    const session = await newSession();
    const file = new URL(import.meta.url).pathname;
    await home.json(["append", session, "--role", "user", "--file", file], { input: "look" });
    const { messages } = await show(session);
    assert.equal(messages[0]?.parts.at(-1)?.kind, "file");
  });

  test("never opens a file of the vault itself: that could give the vault's lock away", async () => {
    const session = await newSession();
    const lock = join(home.folder, "home", "production", "lock.sqlite");
    const { code, stdout } = await home.run(
      ["append", session, "--role", "user", "--file", lock, "--json"],
      "look",
    );
    assert.equal(code, 1);
    assert.equal(
      (JSON.parse(stdout.toString()) as { error: { code: string } }).error.code,
      "SOURCE_INSIDE_VAULT",
    );
  });

  test("answers every line in order, once it is durable", async () => {
    const session = await newSession();
    const { code, stdout } = await home.run(["append", session, "--lines"], linesOf(0, 2000));
    assert.equal(code, 0);
    const answers = answersOf(stdout);
    const { messages, activePath } = await show(session);
    assert.deepEqual(
      answers.map(({ messageId }) => messageId),
      activePath,
    );
    assert.deepEqual(
      messages.map(({ content }) => content),
      messages.map((_, index) => `message ${index}`),
    );
    assert.equal(messages.length, 2000);
  });

  test("names a bad line and keeps what came before it", async () => {
    const session = await newSession();
    const { code, stdout, stderr } = await home.run(
      ["append", session, "--lines"],
      `${linesOf(0, 3)}{"role":"user"\n${linesOf(4, 5)}`,
    );
    assert.equal(code, 1);
    assert.match(stderr, /BAD_LINE.*Line 4/);
    assert.equal(answersOf(stdout).length, 3);
    assert.equal((await show(session)).messages.length, 3);
  });

  test("answers a line while the next one is not there yet, and stops at Ctrl-C with 130", async () => {
    const session = await newSession();
    const child = home.start("append", session, "--lines");
    const finished = finish(child);
    child.stdin.write(linesOf(0, 1));
    await linesPrinted(child, 1);
    child.kill("SIGINT");
    const { code, stdout } = await finished;
    assert.equal(code, 130);
    assert.equal(answersOf(stdout).length, 1);
    assert.equal((await show(session)).messages.length, 1);
  });
});
