import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { SearchAnswer, SearchHit, SearchState } from "@chatty/model";
import type { Conversation, SessionView } from "@chatty/store";
import { talkativeExport } from "../server/search-vault.ts";
import { createTestHome, finish, linesPrinted } from "./run-chatty.ts";
import type { TestHome } from "./run-chatty.ts";

const homeSession = "synth-001_chat_with_synth-001";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);

interface Owner {
  child: ReturnType<TestHome["start"]>;
  finished: ReturnType<typeof finish>;
}

let home: TestHome;
/** A command that has the vault while others ask through it: what they cost then is little. */
let owner: Owner | undefined;
/** Everything there is, by `sessions` and `show`. */
const everything: Conversation[] = [];

type Shown = Conversation["messages"][number];

before(async () => {
  home = createTestHome();
  const path = join(home.folder, "talk.json");
  writeFileSync(path, talkativeExport(seed, 6));
  await home.json(["import", path, "--source", "chatgpt"]);
  await home.run(["append", homeSession, "--role", "user"], "granite und Caf\u00e9, 日本語の本");
  await home.run(["append", homeSession, "--role", "assistant"], "granite again");
  owner = startOwner();
  await linesPrinted(owner.child, 1);
  for (const flag of [[], ["--archived"]]) {
    const { sessions } = (await home.json(["sessions", "--limit", "1000", ...flag])) as {
      sessions: SessionView[];
    };
    for (const { sessionId } of sessions) {
      everything.push((await home.json(["show", sessionId])) as Conversation);
    }
  }
});

after(async () => {
  await endOwner();
  home.remove();
});

function startOwner(): Owner {
  const child = home.start("append", homeSession, "--lines");
  child.stdin.write(`${JSON.stringify({ role: "user", content: "an axolotl" })}\n`);
  return { child, finished: finish(child) };
}

async function endOwner(): Promise<void> {
  const { child, finished } = owner ?? {};
  owner = undefined;
  child?.stdin.end();
  if (finished !== undefined) assert.equal((await finished).code, 0);
}

async function search(...words: string[]): Promise<SearchAnswer> {
  return (await home.json(["search", "--mode", "text", ...words])) as SearchAnswer;
}

function ids(hits: readonly Pick<SearchHit, "messageId">[]): string[] {
  return hits.map(({ messageId }) => messageId ?? "").sort();
}

/** Messages of the active and of other branches whose text has the word. */
function read(word: string, fits: (message: Shown, session: SessionView) => boolean = () => true): string[] {
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, "iu");
  return everything
    .flatMap(({ session, messages }) =>
      messages.filter(
        (message) => !message.hidden && pattern.test(message.content) && fits(message, session),
      ),
    )
    .map(({ id }) => id)
    .sort();
}

describe("chatty search through the owner of the vault", () => {
  test("finds with each option what reading everything finds", async (t) => {
    const all = read("granite");
    t.diagnostic(`seed ${seed}: ${all.length} messages with the word`);
    assert.ok(all.length > 5);
    const whole = await search("granite", "--limit", "200");
    assert.equal(whole.pendingSessions, 0);
    assert.deepEqual(ids(whole.hits), all);
    assert.deepEqual([whole.total, whole.totalIsExact, whole.pendingSessions], [all.length, true, 0]);
    assert.equal(whole.facets, undefined);
    const runtime = everything.find(({ session }) => session.imported)?.session.runtimeId ?? "";
    assert.deepEqual(
      ids((await search("granite", "--limit", "200", "--runtime", runtime)).hits),
      read("granite", (_, session) => session.runtimeId === runtime),
    );
    assert.deepEqual(
      ids((await search("granite", "--limit", "200", "--runtime", "synth", "--runtime", "lin")).hits),
      read("granite", (_, session) => session.runtimeId !== runtime),
    );
    assert.deepEqual(
      ids((await search("granite", "--limit", "200", "--role", "user", "--role", "tool")).hits),
      read("granite", ({ role }) => role !== "assistant"),
    );
    assert.deepEqual(
      ids((await search("granite", "--limit", "200", "--model", "gpt-4*")).hits),
      read("granite", ({ model }) => model?.startsWith("gpt-4") === true),
    );
    assert.deepEqual(
      ids((await search("granite", "--limit", "200", "--from", "2021-01-01", "--to", "2022-12-31")).hits),
      read(
        "granite",
        ({ timestamp }) =>
          timestamp !== undefined && timestamp >= Date.UTC(2021, 0, 1) && timestamp < Date.UTC(2023, 0, 1),
      ),
    );
    const { facets } = await search("granite", "--facets", "--limit", "1");
    assert.equal(
      facets?.roles.reduce((sum, { count }) => sum + count, 0),
      all.length,
    );
  });

  test("goes from page to page without gaps or doubles, newest first when asked", async () => {
    const hits: SearchHit[] = [];
    let next: string | undefined;
    do {
      const page = await search(
        "granite",
        "--sort",
        "newest",
        "--limit",
        "4",
        ...(next === undefined ? [] : ["--after", next]),
      );
      assert.equal(page.sort, "newest");
      hits.push(...page.hits);
      next = page.next;
    } while (next !== undefined);
    assert.deepEqual(ids(hits), read("granite"));
    const times = hits.map(({ timestamp }) => timestamp ?? Number.NEGATIVE_INFINITY);
    assert.deepEqual(
      times,
      times.toSorted((left, right) => right - left),
    );
  });

  test("takes words of any language, and words that look like commands of an index", async () => {
    const [greeting] = read("granite", (message) => message.content.startsWith("granite und"));
    for (const words of [["cafe", "日本"], ['"granite und"', "本"], ["gran* -again und"]]) {
      const { hits } = await search(...words);
      assert.ok(
        hits.some(({ messageId }) => messageId === greeting),
        words.join(" "),
      );
    }
    const { notices } = await search("granite\" NEAR/2 {x}:y title:granite'; --");
    assert.ok(notices.every((notice) => notice !== ""));
  });

  test("writes for people what was found by conversation, and plain when it is no terminal", async () => {
    const { code, stdout, stderr } = await home.run(["search", "granite", "again", "--mode", "text"]);
    assert.deepEqual([code, stderr], [0, ""]);
    const text = stdout.toString();
    assert.doesNotMatch(text, /\u001B/);
    assert.match(
      text,
      /^Synth\nsynth · [0-9a-f-]{36}\n {2}\d{4}-\d\d-\d\d \d\d:\d\d · Assistant\n {4}granite again\n/m,
    );
    assert.match(text, /^1 message found by words, 1 shown\.$/m);
    const more = await home.run(["search", "granite", "--limit", "2", "--mode", "text"]);
    assert.match(more.stdout.toString(), /^More: the same command with --after \S+$/m);
    const none = await home.run(["search", "nowhere-at-all", "--mode", "text"]);
    assert.equal(none.code, 0);
    assert.match(none.stdout.toString(), /^Nothing was found\.$/m);
  });

  test("tells a name or a cursor that leads nowhere", async () => {
    for (const [words, code] of [
      [["search", "x", "--runtime", "nowhere"], "RUNTIME_NOT_FOUND"],
      [["search", "x", "--after", "nonsense"], "CURSOR_INVALID"],
    ] as const) {
      const { error } = (await home.json(words, { code: 1 })) as { error: { code: string } };
      assert.equal(error.code, code);
    }
    const { error } = (await home.json(["search", " "], { code: 2 })) as { error: { code: string } };
    assert.equal(error.code, "USAGE");
  });

  test("finds what the owner of the vault just wrote", async () => {
    const { hits, pendingSessions } = await search("axolotl");
    assert.deepEqual([hits.length, pendingSessions], [1, 0]);
  });
});

describe("chatty search without another command", () => {
  before(endOwner);

  test("says how far the index is", async () => {
    await search("granite");
    let state = (await home.json(["search", "--state"])) as SearchState;
    // A busy machine may need longer than the command waits.
    for (let tries = 0; state.pendingSessions > 0 && tries < 10; tries += 1) {
      state = (await home.json(["search", "--state"])) as SearchState;
    }
    assert.deepEqual([state.state, state.pendingSessions], ["ready", 0]);
    assert.equal(state.sessions, everything.length);
    assert.ok(state.messages > 0 && state.bytes > 0);
    const { stdout } = await home.run(["search", "--state"]);
    assert.match(stdout.toString(), /^Words {4}ready: [\d,]+ messages in \d+ conversations/);
  });

  test("makes an index again that is gone before it answers, or says what is missing", async () => {
    const catalog = join(home.folder, "home", "production", "catalog");
    const remove = (): void => {
      const files = readdirSync(catalog).filter((name) => /\.search\.db/.test(name));
      assert.notEqual(files.length, 0);
      for (const name of files) rmSync(join(catalog, name));
    };
    remove();
    const waited = await search("granite", "--limit", "200");
    assert.deepEqual([ids(waited.hits), waited.pendingSessions], [read("granite"), 0]);
    remove();
    const atOnce = await search("granite", "--limit", "200", "--no-wait");
    if (atOnce.pendingSessions === 0) assert.deepEqual(ids(atOnce.hits), read("granite"));
    else assert.ok(atOnce.hits.length <= read("granite").length);
  });

  test("finds for one account nothing of another one", async () => {
    const other = createTestHome();
    try {
      await other.json(["users"]);
      const { user } = (await other.json(["users", "new", "robin"])) as { user: { userId: string } };
      const { users } = (await other.json(["users"])) as { users: { userId: string }[] };
      const mine = users.find(({ userId }) => userId !== user.userId)?.userId ?? "";
      await other.run(
        ["append", homeSession, "--role", "user", "--user", user.userId],
        "a basilisk of robin's",
      );
      const find = async (userId: string): Promise<number> =>
        ((await other.json(["search", "basilisk", "--user", userId])) as SearchAnswer).hits.length;
      assert.deepEqual([await find(user.userId), await find(mine)], [1, 0]);
    } finally {
      other.remove();
    }
  });
});
