import assert from "node:assert/strict";
import { appendFileSync, chmodSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { legacyReader } from "@chatty/importers";
import type { LegacyMigrationReport, UserVault } from "@chatty/store";
import { openTestVault } from "../vault/open-test-vault.ts";
import type { TestVault } from "../vault/open-test-vault.ts";
import { listFiles, pathsIn } from "../vault/vault-files.ts";
import { allFixtures } from "./fixtures/all-fixtures.ts";
import type { LegacyFixture } from "./fixtures/fixture.ts";
import { jsonLines } from "./fixtures/fixture.ts";
import { hashesIn, sha256Of, writeStore } from "./older-store.ts";

/** A dry run changes nothing. */
async function dryRun({ vault, user, root }: TestVault, source: string): Promise<LegacyMigrationReport> {
  await vault.settle();
  const before = listFiles(root);
  const log = logLength(root);
  const report = await user.migrateLegacy(source, legacyReader, { dryRun: true });
  await vault.settle();
  assert.deepEqual(listFiles(root), before);
  assert.equal(logLength(root), log);
  assert.equal(report.manifest, undefined);
  return report;
}

/** What a dry run and the migration itself must tell alike. */
function told({
  files,
  conversations,
  messages,
  keptSpans,
  duplicates,
  restored,
  problems,
}: LegacyMigrationReport): unknown {
  return { files, conversations, messages, keptSpans, duplicates, restored, problems };
}

async function migrateFixture(
  t: TestContext,
  fixture: Pick<LegacyFixture, "files">,
): Promise<TestVault & { source: string; report: LegacyMigrationReport }> {
  const vault = await openTestVault(t);
  const source = writeStore(join(vault.folder, "older"), fixture.files);
  const before = hashesIn(source);
  const dry = await dryRun(vault, source);
  const report = await vault.user.migrateLegacy(source, legacyReader);
  assert.deepEqual(hashesIn(source), before, "the older store was changed");
  assert.deepEqual(told(dry), told(report));
  return Object.assign(vault, { source, report });
}

/** Everything that is said in a vault, with its time, without what Chatty makes itself. */
async function saidIn(user: UserVault, kind: "native" | "imported"): Promise<string[]> {
  const said: string[] = [];
  for (let after: string | undefined; ;) {
    const page = user.sessions({ kind, limit: 100, ...(after === undefined ? {} : { after }) });
    for (const { sessionId } of page.sessions) said.push(...(await saidInSession(user, sessionId)));
    for (const { sessionId } of user.sessions({ kind, deleted: true, limit: 1000 }).sessions) {
      if (after === undefined) said.push(...(await saidInSession(user, sessionId)));
    }
    if (page.next === undefined) return said.sort();
    after = page.next;
  }
}

async function saidInSession(user: UserVault, sessionId: string): Promise<string[]> {
  const { messages } = await user.show(sessionId);
  return messages.map(({ role, content, timestamp }) => JSON.stringify([role, content, timestamp ?? null]));
}

function wantedOf(fixture: LegacyFixture, goes: "native" | "imported"): string[] {
  return fixture.conversations
    .filter((conversation) => conversation.goes === goes)
    .flatMap(({ messages }) =>
      messages.map(([role, content, ms]) => JSON.stringify([role, content, ms ?? null])),
    )
    .sort();
}

/** Two kinds of tables of messages: one that names only its person, and one beside a table of conversations. */
const databaseRows = [
  "PRAGMA journal_mode = WAL",
  "CREATE TABLE messages (id INTEGER PRIMARY KEY, userId TEXT, role TEXT, ts INTEGER, text TEXT)",
  "INSERT INTO messages (userId, role, ts, text) VALUES ('sam', 'user', 1735689600000, '---\n\n## one'), ('sam', 'assistant', NULL, 'two')",
  "CREATE TABLE gpts (id TEXT PRIMARY KEY, name TEXT, instructions TEXT, conversation_starters TEXT, capabilities TEXT, construct_callsign TEXT, model_id TEXT, user_id TEXT)",
  `INSERT INTO gpts VALUES ('gpt-1', 'Iris', 'Speak softly.', '["Hello?"]', '{"webSearch":true}', 'iris-001', 'phi3:latest', 'sam'), ('gpt-2', 'Synth', 'x', NULL, 'no json', 'synth-001', 'm', 'all_users')`,
  "CREATE TABLE chat_sessions (chat_session_uuid TEXT, title TEXT)",
  "INSERT INTO chat_sessions VALUES ('u-1', 'Boats')",
  "CREATE TABLE chat_messages (message_id TEXT, chat_session_uuid TEXT, role TEXT, content TEXT, timestamp TEXT, sequence_number INTEGER)",
  "INSERT INTO chat_messages VALUES ('b', 'u-1', 'assistant', 'second', '2025-01-01T00:00:01Z', 2), ('a', 'u-1', 'user', 'first', '2025-01-01T00:00:00Z', 1)",
];

describe("migrating an older store", () => {
  for (const fixture of allFixtures) {
    test(`${fixture.name}: every message is accounted for, a dry run tells the same, and twice changes nothing`, async (t) => {
      const vault = await migrateFixture(t, fixture);
      const { report, source } = vault;
      const wanted = fixture.conversations.flatMap(({ messages }) => messages);
      assert.equal(report.messages.seen, wanted.length);
      assert.equal(report.messages.native + report.messages.imported, wanted.length);
      assert.equal(
        report.conversations.empty,
        fixture.conversations.filter(({ empty }) => empty === true).length,
      );
      assert.equal(report.migrated.length, fixture.conversations.length);
      assert.deepEqual(await saidIn(vault.user, "native"), wantedOf(fixture, "native"));
      assert.deepEqual(await saidIn(vault.user, "imported"), wantedOf(fixture, "imported"));
      assert.deepEqual(report.problems.map(({ code }) => code).sort(), [...fixture.problems]);
      assert.deepEqual(report.duplicates.map(({ path }) => path).sort(), [...(fixture.duplicates ?? [])]);
      for (const { path, text } of fixture.kept) {
        const span = report.keptSpans.find((each) => each.path === path);
        assert.ok(span !== undefined, `nothing of ${path} is listed as kept`);
        assert.equal(readFileSync(join(source, path)).toString("utf8", span.from, span.to), text);
      }
      assertHomes(vault.user, fixture, report);
      assertOriginalsKept(vault, fixture);
      assertNothingImportedInVvault(vault, fixture);

      const verified = await vault.vault.verify();
      assert.deepEqual(verified.problems, []);
      await vault.vault.close();
      const after = listFiles(vault.root);
      const log = logLength(vault.root);
      await vault.reopen();
      const again = await vault.user.migrateLegacy(source, legacyReader);
      assert.equal(again.unchanged, true);
      assert.equal(again.manifest, report.manifest);
      await vault.vault.close();
      assert.deepEqual(listFiles(vault.root), after);
      assert.equal(logLength(vault.root), log, "the second run committed something");
    });
  }

  test("puts the home of an imported construct beside its imports, under its former callsign", async (t) => {
    const vault = await migrateFixture(t, {
      files: {
        "instances/chatgpt-kim-001/chatty/chat_with_chatgpt-kim-001.md":
          "# Chat with ChatGPT\n\n**01:00:00 PM UTC - You**: at home\n\n",
        "instances/chatgpt-kim-001/2024/03/Trip.md": "# Trip\n\n**01:00:00 PM UTC - You**: away\n\n",
      },
    });
    const home = vault.user.session("chatgpt-kim-001_chat_with_chatgpt-kim-001");
    assert.equal(home.home, true);
    assert.equal(home.messageCount, 1);
    const runtime = vault.user.runtime("chatgpt-kim-001");
    assert.equal(runtime.kind, "imported");
    assert.equal(runtime.homeSessionId, home.sessionId);
    assert.equal(vault.user.sessions({ runtimeId: runtime.runtimeId, kind: "imported" }).sessions.length, 1);
    assert.equal((await vault.user.migrateLegacy(vault.source, legacyReader)).unchanged, true);
  });

  test("leaves a home that is in use, and a runtime that was deleted, as they are", async (t) => {
    const vault = await openTestVault(t);
    const synth = vault.user.runtime("synth").homeSessionId;
    await vault.user.append(synth, [{ role: "user", content: "in use" }]);
    const source = writeStore(join(vault.folder, "older"), {
      "instances/synth-001/chatty/chat_with_synth-001.md": "# Synth\n\n**01:00:00 PM UTC - You**: older\n\n",
      "instances/mira-001/chatty/a.md": "# A\n\n**01:00:00 PM UTC - You**: to mira\n\n",
    });
    const first = await vault.user.migrateLegacy(source, legacyReader);
    assert.deepEqual(
      first.problems.map(({ code }) => code),
      ["LEGACY_HOME_TAKEN"],
    );
    assert.equal(vault.user.runtime("synth").homeSessionId, synth);
    assert.equal(
      vault.user.sessions({ runtimeId: vault.user.runtime("synth").runtimeId }).sessions.length,
      2,
    );
    await vault.user.deleteRuntime("mira");
    const second = await vault.user.migrateLegacy(source, legacyReader);
    assert.deepEqual(
      second.problems.map(({ code }) => code),
      ["LEGACY_RUNTIME_DELETED"],
    );
    assert.deepEqual([second.conversations.refused, second.messages.refused], [1, 1]);
    assert.deepEqual(
      vault.user.runtimes({ deleted: true }).map(({ runtimeId }) => runtimeId),
      ["mira"],
    );
  });

  test("can be called off, and taken up again", async (t) => {
    const vault = await openTestVault(t);
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [
        `chats/c${index}.jsonl`,
        jsonLines({ id: "1", role: "user", content: `said ${index}` }),
      ]),
    );
    const source = writeStore(join(vault.folder, "older"), files);
    const stop = new AbortController();
    await assert.rejects(
      vault.user.migrateLegacy(source, legacyReader, {
        signal: stop.signal,
        onProgress: ({ phase, done }) => {
          if (phase === "migrating" && done === 7) stop.abort();
        },
      }),
      { code: "LEGACY_ABORTED" },
    );
    const some = (await saidIn(vault.user, "native")).length;
    assert.ok(some > 0 && some < 20, `${some} of 20`);
    const report = await vault.user.migrateLegacy(source, legacyReader);
    assert.equal(report.migrated.filter(({ state }) => state === "new").length, 20 - some);
    assert.equal((await saidIn(vault.user, "native")).length, 20);
  });

  test("takes up what was added to the older store since", async (t) => {
    const path = "sessions/session_1/messages.jsonl";
    const first = { role: "user", content: "one" };
    const vault = await migrateFixture(t, {
      files: {
        "sessions/session_1/session_meta.json": '{"session_id":"session_1"}',
        [path]: jsonLines(first),
      },
    });
    writeStore(vault.source, { [path]: jsonLines(first, { role: "assistant", content: "two" }) });
    const grown = await vault.user.migrateLegacy(vault.source, legacyReader);
    assert.deepEqual(
      grown.migrated.map(({ state, messages }) => [state, messages]),
      [["grown", 2]],
    );
    assert.deepEqual(await saidIn(vault.user, "native"), ['["assistant","two",null]', '["user","one",null]']);
    writeStore(vault.source, {
      [path]: jsonLines({ role: "user", content: "changed" }, { role: "assistant", content: "two" }),
    });
    const changed = await vault.user.migrateLegacy(vault.source, legacyReader);
    assert.deepEqual(
      changed.problems.map(({ code }) => code),
      ["LEGACY_MESSAGE_DIFFERS"],
    );
    assert.deepEqual(await saidIn(vault.user, "native"), ['["assistant","two",null]', '["user","one",null]']);
  });

  test("verify finds an original that was changed or is gone", async (t) => {
    const vault = await migrateFixture(t, {
      files: { "chats/a.jsonl": jsonLines({ id: "1", role: "user", content: "x" }), "picture.png": "p" },
    });
    const originals = pathsIn(vault.root).filter((path) => /\/legacy\/[0-9a-f]{64}$/.test(path));
    assert.equal(originals.length, 2);
    assert.deepEqual((await vault.vault.verify()).problems, []);
    const [changed = "", gone = ""] = originals;
    chmodSync(join(vault.root, changed), 0o600);
    appendFileSync(join(vault.root, changed), "!");
    rmSync(join(vault.root, gone));
    const { problems } = await vault.vault.verify();
    assert.deepEqual(problems.map(({ code, path }) => `${code} ${path}`).sort(), [
      `ARCHIVE_DAMAGED ${changed}`,
      `ARCHIVE_MISSING ${gone}`,
    ]);
    await vault.user.migrateLegacy(vault.source, legacyReader);
    assert.deepEqual((await vault.vault.verify()).problems, []);
  });

  test("does not bring back what its person deleted here", async (t) => {
    const vault = await migrateFixture(t, {
      files: { "chats/a.jsonl": jsonLines({ id: "1", role: "user", content: "x" }) },
    });
    const { sessionId } = vault.report.migrated[0] ?? {};
    assert.ok(sessionId !== undefined);
    await vault.user.deleteSession(sessionId);
    writeStore(vault.source, {
      "chats/a.jsonl": jsonLines(
        { id: "1", role: "user", content: "x" },
        { id: "2", role: "user", content: "y" },
      ),
    });
    await vault.user.migrateLegacy(vault.source, legacyReader);
    assert.equal(vault.user.session(sessionId).deleted, true);
  });

  test("F7: reads the tables of a copied database, with its unfinished log, and changes neither", async (t) => {
    const vault = await openTestVault(t);
    const source = writeStore(join(vault.folder, "older"), { "note.bin": "x" });
    const database = new DatabaseSync(join(source, "memory.db"));
    for (const sql of databaseRows) database.exec(sql);
    writeStore(source, {
      "copied.db": readFileSync(join(source, "memory.db")),
      "copied.db-wal": readFileSync(join(source, "memory.db-wal")),
      "broken.db": "SQLite format 3\0and nothing more",
    });
    database.close();
    const before = hashesIn(source);
    const report = await vault.user.migrateLegacy(source, legacyReader);
    assert.deepEqual(hashesIn(source), before);
    assert.deepEqual(
      report.migrated.map(({ path, title, messages }) => `${path} ${title ?? "-"} ${messages}`).sort(),
      ["copied.db - 2", "copied.db Boats 2", "memory.db - 2", "memory.db Boats 2"],
    );
    assert.deepEqual(
      report.problems.map(({ code }) => code),
      ["LEGACY_DATABASE_UNREADABLE"],
    );
    assert.deepEqual(report.constructs, { new: 1, unchanged: 3 });
    const { name, instructions, conversationStarters, capabilities, modelId } =
      vault.user.construct("iris-001");
    assert.deepEqual(
      { name, instructions, conversationStarters, capabilities, modelId },
      {
        name: "Iris",
        instructions: "Speak softly.",
        conversationStarters: ["Hello?"],
        capabilities: { webSearch: true },
        modelId: "phi3:latest",
      },
    );
    const said = await saidIn(vault.user, "native");
    assert.equal(
      said.filter((each) => each === JSON.stringify(["user", "---\n\n## one", 1_735_689_600_000])).length,
      2,
    );
    assert.equal(said.filter((each) => each === '["assistant","two",null]').length, 2);
    const again = await vault.user.migrateLegacy(source, legacyReader);
    assert.equal(again.unchanged, true);
    assert.deepEqual(
      pathsIn(vault.root).filter((path) => path.includes("/staging/")),
      [],
    );
  });

  test("F7: leaves a database with the rows of two people where it is", async (t) => {
    const vault = await openTestVault(t);
    const source = writeStore(join(vault.folder, "older"), {
      "chats/a.jsonl": jsonLines({ id: "1", role: "user", content: "x" }),
    });
    const database = new DatabaseSync(join(source, "memory.db"));
    database.exec("CREATE TABLE messages (userId TEXT, role TEXT, text TEXT)");
    database.exec("INSERT INTO messages VALUES ('sam', 'user', 'mine'), ('pat', 'user', 'not mine')");
    database.close();
    const report = await vault.user.migrateLegacy(source, legacyReader);
    assert.deepEqual(
      report.problems.map(({ code }) => code),
      ["LEGACY_SEVERAL_USERS"],
    );
    assert.deepEqual(await saidIn(vault.user, "native"), ['["user","x",null]']);
  });

  test("refuses a vault, a folder without conversations, several users and what lies in the vault", async (t) => {
    const vault = await openTestVault(t);
    const refusal = async (path: string): Promise<string> => {
      try {
        await vault.user.migrateLegacy(path, legacyReader);
        return "none";
      } catch (error) {
        return error instanceof Error && "code" in error ? String(error.code) : String(error);
      }
    };
    const other = await openTestVault(t);
    const before = listFiles(vault.root);
    assert.equal(await refusal(join(other.folder, "home")), "LEGACY_SOURCE_IS_VAULT");
    assert.equal(await refusal(vault.root), "SOURCE_INSIDE_VAULT");
    assert.equal(await refusal(join(vault.folder, "absent")), "SOURCE_NOT_FOUND");
    const empty = writeStore(join(vault.folder, "empty"), { "picture.png": "x", "README.md": "# words\n" });
    assert.equal(await refusal(empty), "LEGACY_NOTHING_FOUND");
    const message = jsonLines({ role: "user", content: "x" });
    const several = writeStore(join(vault.folder, "several"), {
      "users/a/session_1/messages.jsonl": message,
      "users/b/session_2/messages.jsonl": message,
    });
    assert.equal(await refusal(several), "LEGACY_SEVERAL_USERS");
    assert.deepEqual(listFiles(vault.root), before);
  });
});

function assertHomes(user: UserVault, fixture: LegacyFixture, report: LegacyMigrationReport): void {
  const wanted = fixture.conversations.filter(({ home, empty }) => home === true && empty !== true);
  const homes = report.migrated.filter(({ home, sessionId }) => home && sessionId !== undefined);
  assert.equal(homes.length, wanted.length);
  for (const { sessionId = "" } of homes) assert.equal(user.session(sessionId).home, true);
}

function assertOriginalsKept({ root }: TestVault, fixture: LegacyFixture): void {
  const folder = pathsIn(root).filter((path) => /^imports\/.*\/legacy\//.test(path));
  const kept = new Map(folder.map((path) => [path.split("/").at(-1) ?? "", path]));
  for (const [path, content] of Object.entries(fixture.files)) {
    const sha256 = sha256Of(Buffer.from(content));
    const found = kept.get(sha256);
    assert.ok(found !== undefined, `${path} was not kept`);
    assert.equal(readFileSync(join(root, found), "utf8"), content);
  }
}

function assertNothingImportedInVvault({ root }: TestVault, fixture: LegacyFixture): void {
  const texts = fixture.conversations
    .filter(({ goes }) => goes === "imported")
    .flatMap(({ messages }) => messages.map(([, content]) => content))
    .filter((content) => content.includes("canary"));
  for (const path of pathsIn(join(root, "vvault"))) {
    const content = readFileSync(join(root, "vvault", path), "utf8");
    for (const text of texts) assert.ok(!content.includes(text), `${path} holds ${text}`);
  }
}

function logLength(root: string): number {
  return readdirSync(join(root, "log")).reduce(
    (sum, name) =>
      sum +
      readFileSync(join(root, "log", name))
        .toString()
        .split("\n").length,
    0,
  );
}
