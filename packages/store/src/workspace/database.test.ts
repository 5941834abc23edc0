import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { isChattyError } from "@chatty/model";
import type { ConfigurationChange, Row } from "./changes.ts";
import type { ConfigurationWriter } from "./connection.ts";
import { openConfiguration } from "./database.ts";
import type { Configuration } from "./database.ts";

function temporaryFile(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "chatty-database-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "chatty.db");
}

function openTemporary(context: TestContext): Configuration {
  const configuration = openConfiguration(temporaryFile(context));
  context.after(() => configuration.close());
  return configuration;
}

function refusal(code: string): (error: unknown) => boolean {
  return (error) => isChattyError(error, code);
}

const gptRow: Row = {
  user_id: "u",
  id: "gpt-1",
  name: "One",
  construct_callsign: "one-001",
  model_id: "auto",
  created_at: 1,
  updated_at: 1,
};
const gpt: ConfigurationChange = { put: "gpts", row: gptRow };
const file: ConfigurationChange = {
  put: "gpt_files",
  row: {
    user_id: "u",
    id: "file-1",
    gpt_id: "gpt-1",
    filename: "a.txt",
    original_name: "a.txt",
    mime_type: "text/plain",
    size: 1,
    content: "a",
    uploaded_at: 1,
  },
};
const action: ConfigurationChange = {
  put: "gpt_actions",
  row: {
    user_id: "u",
    id: "action-1",
    gpt_id: "gpt-1",
    name: "Do",
    url: "https://example.org",
    created_at: 1,
  },
};
const version: ConfigurationChange = {
  put: "gpt_versions",
  row: { user_id: "u", id: 1, gpt_id: "gpt-1", version: 1, snapshot: "{}", created_at: 1 },
};
const setting = (value: number): ConfigurationChange => ({
  put: "settings",
  row: { user_id: "u", key: "k", value: String(value) },
});
const count = (configuration: Configuration, table: string): unknown =>
  configuration.get(`SELECT count(*) AS n FROM ${table}`)?.["n"];

describe("openConfiguration", () => {
  test("writes ahead, syncs fully and enforces foreign keys, also after a group", (context) => {
    const configuration = openTemporary(context);
    const pragmas = (): unknown[] => [
      configuration.get("PRAGMA journal_mode")?.["journal_mode"],
      configuration.get("PRAGMA synchronous")?.["synchronous"],
      configuration.get("PRAGMA foreign_keys")?.["foreign_keys"],
    ];
    assert.deepEqual(pragmas(), ["wal", 2, 1]);
    configuration.applyGroup(0, [setting(1)]);
    assert.throws(() => configuration.applyGroup(1, [file]), refusal("CONFIGURATION_CHANGE_REFUSED"));
    assert.deepEqual(pragmas(), ["wal", 2, 1]);
  });

  test("says what is wrong with a file that is no database or lies in no folder", (context) => {
    const path = temporaryFile(context);
    writeFileSync(path, "This is not a database, and it is long enough to be looked at as one. ".repeat(20));
    assert.throws(() => openConfiguration(path), refusal("CONFIGURATION_CORRUPT"));
    assert.throws(() => openConfiguration(join(path, "no", "folder")), refusal("CONFIGURATION_UNREADABLE"));
  });

  test("reads and does not write when opened read-only", (context) => {
    const path = temporaryFile(context);
    assert.throws(() => openConfiguration(path, { readOnly: true }), refusal("CONFIGURATION_UNREADABLE"));
    const owner = openConfiguration(path);
    owner.applyAlone([setting(7)]);
    const reader = openConfiguration(path, { readOnly: true });
    assert.equal(reader.get("SELECT value FROM settings")?.["value"], "7");
    assert.throws(() => reader.applyAlone([setting(8)]), refusal("VAULT_READ_ONLY"));
    reader.close();
    owner.close();
    owner.close();
  });
});

describe("applyGroup", () => {
  test("applies the changes and the sequence number together", (context) => {
    const configuration = openTemporary(context);
    assert.equal(configuration.appliedSeq(), -1);
    assert.equal(configuration.applyGroup(5, [setting(1), gpt]), true);
    assert.equal(configuration.appliedSeq(), 5);
    assert.equal(count(configuration, "gpts"), 1);
  });

  test("skips a group that was applied before", (context) => {
    const configuration = openTemporary(context);
    configuration.applyGroup(5, [setting(1)]);
    assert.equal(configuration.applyGroup(5, [setting(2), gpt]), false);
    assert.equal(configuration.applyGroup(4, [setting(3)]), false);
    assert.equal(configuration.get("SELECT value FROM settings")?.["value"], "1");
    assert.equal(count(configuration, "gpts"), 0);
  });

  test("changes nothing at all when one change is refused", (context) => {
    const configuration = openTemporary(context);
    configuration.applyGroup(0, [gpt]);
    const twin: ConfigurationChange = { put: "gpts", row: { ...gptRow, id: "gpt-2" } };
    assert.throws(
      () => configuration.applyGroup(1, [setting(1), twin]),
      refusal("CONFIGURATION_CHANGE_REFUSED"),
    );
    const unknown: ConfigurationChange = {
      put: "settings",
      row: { user_id: "u", key: "k", value: "1", x: 1 },
    };
    assert.throws(
      () => configuration.applyGroup(1, [setting(1), unknown]),
      refusal("CONFIGURATION_CHANGE_INVALID"),
    );
    assert.equal(configuration.appliedSeq(), 0);
    assert.equal(count(configuration, "settings"), 0);
  });

  test("takes rows that refer to each other in any order", (context) => {
    const configuration = openTemporary(context);
    configuration.applyGroup(0, [file, action, version, gpt]);
    assert.deepEqual(configuration.checkIntegrity(), []);
    assert.throws(
      () => configuration.applyGroup(1, [{ delete: "gpts", key: { user_id: "u", id: "gpt-1" } }, file]),
      refusal("CONFIGURATION_CHANGE_REFUSED"),
    );
    assert.equal(count(configuration, "gpts"), 1);
  });

  test("keeps what belongs to a row when the row is put again", (context) => {
    const configuration = openTemporary(context);
    configuration.applyGroup(0, [gpt, file, action, version]);
    configuration.applyGroup(1, [{ put: "gpts", row: { ...gptRow, name: "Two", description: "d" } }]);
    assert.equal(count(configuration, "gpt_files"), 1);
    // A put is the whole row: what it leaves out goes back to its fallback.
    configuration.applyGroup(2, [{ put: "gpts", row: { ...gptRow, name: "Three" } }]);
    assert.deepEqual(
      { ...configuration.get("SELECT name, description FROM gpts") },
      { name: "Three", description: null },
    );
    assert.equal(count(configuration, "gpt_files"), 1);
  });

  test("deletes files, actions and versions with their construct, and nobody else's", (context) => {
    const configuration = openTemporary(context);
    const ofOther = (change: ConfigurationChange): ConfigurationChange =>
      "put" in change ? { ...change, row: { ...change.row, user_id: "v" } } : change;
    const all = [gpt, file, action, version];
    configuration.applyGroup(0, [...all, ...all.map(ofOther)]);
    configuration.applyGroup(1, [{ delete: "gpts", key: { user_id: "u", id: "gpt-1" } }]);
    for (const table of ["gpts", "gpt_files", "gpt_actions", "gpt_versions"]) {
      assert.deepEqual(
        configuration.all(`SELECT user_id FROM ${table}`).map((row) => row["user_id"]),
        ["v"],
        table,
      );
    }
  });

  test("deletes nothing when the row is not there", (context) => {
    const configuration = openTemporary(context);
    configuration.applyGroup(0, [{ delete: "settings", key: { user_id: "u", key: "k" } }]);
    assert.equal(configuration.appliedSeq(), 0);
  });

  test("survives closing and opening", (context) => {
    const path = temporaryFile(context);
    const first = openConfiguration(path);
    first.applyGroup(9, [setting(4)]);
    first.close();
    const second = openConfiguration(path);
    context.after(() => second.close());
    assert.equal(second.appliedSeq(), 9);
    assert.equal(second.get("SELECT value FROM settings")?.["value"], "4");
  });
});

describe("rehearse", () => {
  test("refuses what applying would refuse and changes nothing either way", (context) => {
    const configuration = openTemporary(context);
    configuration.rehearse([file, gpt, setting(1)]);
    assert.throws(() => configuration.rehearse([file]), refusal("CONFIGURATION_CHANGE_REFUSED"));
    assert.throws(
      () => configuration.rehearse([gpt, { put: "gpts", row: { ...gptRow, id: "gpt-2" } }]),
      refusal("CONFIGURATION_CHANGE_REFUSED"),
    );
    for (const table of ["gpts", "gpt_files", "settings"]) assert.equal(count(configuration, table), 0);
    assert.equal(configuration.appliedSeq(), -1);
  });
});

describe("setCheckpoint", () => {
  const mark = { path: "log/a.jsonl", length: 10, seq: 2, hash: "h", markedAt: 1 };

  test("keeps the newest mark of each file and forgets those of files that are gone", (context) => {
    const configuration = openTemporary(context);
    configuration.applyGroup(3, []);
    configuration.setCheckpoint(3, [mark, { ...mark, path: "log/b.jsonl" }]);
    configuration.setCheckpoint(4, [{ ...mark, length: 20, seq: 3, hash: "i" }], ["log/b.jsonl"]);
    assert.deepEqual(configuration.marks(), [{ ...mark, length: 20, seq: 3, hash: "i" }]);
    assert.deepEqual(configuration.mark("log/a.jsonl"), configuration.marks()[0]);
    assert.equal(configuration.mark("log/b.jsonl"), undefined);
    assert.equal(configuration.checkpointSeq(), 4);
    // Whatever a checkpoint covers was applied, also groups that had nothing for the configuration.
    assert.equal(configuration.appliedSeq(), 4);
  });

  test("does not go back", (context) => {
    const configuration = openTemporary(context);
    configuration.setCheckpoint(4, []);
    configuration.setCheckpoint(4, [mark]);
    assert.throws(() => configuration.setCheckpoint(3, []), TypeError);
    assert.equal(configuration.checkpointSeq(), 4);
  });
});

describe("transaction", () => {
  const insert = (writer: ConfigurationWriter, path: string): number =>
    writer.run(
      "INSERT INTO durable_marks (path, length, seq, hash, marked_at) VALUES (?, 0, -1, '', 0)",
      path,
    );

  test("gives the result of the work and keeps what it wrote", (context) => {
    const configuration = openTemporary(context);
    assert.equal(
      configuration.transaction((writer) => insert(writer, "a")),
      1,
    );
    assert.equal(count(configuration, "durable_marks"), 1);
  });

  test("takes everything back when the work throws", (context) => {
    const configuration = openTemporary(context);
    const fail = (): void =>
      configuration.transaction((writer) => {
        insert(writer, "a");
        throw new RangeError("stop");
      });
    assert.throws(fail, RangeError);
    assert.equal(count(configuration, "durable_marks"), 0);
  });

  test("refuses asynchronous work by its type, and at run time whoever gets round the type", (context) => {
    const configuration = openTemporary(context);
    const late = async (writer: ConfigurationWriter): Promise<void> => {
      insert(writer, "a");
      await Promise.resolve();
    };
    // @ts-expect-error A transaction must not stay open over an await.
    assert.throws(() => configuration.transaction(late), TypeError);
    assert.equal(count(configuration, "durable_marks"), 0);
  });

  test("refuses a transaction inside a transaction, and the writer after the end", (context) => {
    const configuration = openTemporary(context);
    let kept: ConfigurationWriter | undefined;
    configuration.transaction((writer) => {
      kept = writer;
      assert.throws(() => configuration.applyAlone([setting(1)]), TypeError);
      assert.throws(() => configuration.applyGroup(1, [setting(1)]), TypeError);
      insert(writer, "a");
    });
    assert.throws(() => kept?.run("DELETE FROM durable_marks"), TypeError);
    assert.equal(count(configuration, "durable_marks"), 1);
  });
});

describe("checkIntegrity", () => {
  test("finds a row that refers to nothing", (context) => {
    const path = temporaryFile(context);
    openConfiguration(path).close();
    const intruder = new DatabaseSync(path, { enableForeignKeyConstraints: false });
    intruder.exec(
      "INSERT INTO gpt_actions (user_id, id, gpt_id, name, url, created_at) VALUES ('u', 'a', 'nothing', 'n', 'u', 1)",
    );
    intruder.close();
    const configuration = openConfiguration(path);
    context.after(() => configuration.close());
    assert.deepEqual(configuration.checkIntegrity(), [
      "A row of gpt_actions refers to a row of gpts that is not there.",
    ]);
  });
});

describe("the constraints of the schema", () => {
  const runtime: Row = {
    user_id: "u",
    runtime_id: "r",
    name: "R",
    kind: "custom",
    default_construct_id: "r-001",
    mode: "lin",
    created_at: 1,
    updated_at: 1,
  };
  const run: Row = {
    user_id: "u",
    import_id: "i",
    archive_sha256: "a".repeat(64),
    archive_name: "a.zip",
    archive_bytes: 1,
    status: "running",
    started_at: 1,
  };
  const refused: [string, ConfigurationChange][] = [
    ["a runtime of an unknown kind", { put: "runtimes", row: { ...runtime, kind: "other" } }],
    ["a runtime of an unknown mode", { put: "runtimes", row: { ...runtime, mode: "auto" } }],
    ["an imported runtime without a namespace", { put: "runtimes", row: { ...runtime, kind: "imported" } }],
    ["a deleted core runtime", { put: "runtimes", row: { ...runtime, kind: "core", deleted_at: 1 } }],
    ["a runtime joined into itself", { put: "runtimes", row: { ...runtime, joined_into: "r" } }],
    ["a runtime id in capitals", { put: "runtimes", row: { ...runtime, runtime_id: "R" } }],
    ["an import of an unknown status", { put: "imports", row: { ...run, status: "done" } }],
    ["a finished import without a receipt", { put: "imports", row: { ...run, status: "finished" } }],
    ["an import with a short hash", { put: "imports", row: { ...run, archive_sha256: "a" } }],
    ["a construct that is active by two", { put: "gpts", row: { ...gptRow, is_active: 2 } }],
    [
      "an alias in capitals",
      { put: "aliases", row: { user_id: "u", kind: "session", alias: "A", target: "t", created_at: 1 } },
    ],
    [
      "an alias of an unknown kind",
      { put: "aliases", row: { user_id: "u", kind: "message", alias: "a", target: "t", created_at: 1 } },
    ],
  ];
  for (const [what, change] of refused) {
    test(`refuse ${what}`, (context) => {
      const configuration = openConfiguration(":memory:");
      context.after(() => configuration.close());
      assert.throws(() => configuration.applyAlone([change]), refusal("CONFIGURATION_CHANGE_REFUSED"));
    });
  }

  test("take the same rows without the fault", (context) => {
    const configuration = openConfiguration(":memory:");
    context.after(() => configuration.close());
    configuration.applyAlone([{ put: "runtimes", row: runtime }, { put: "imports", row: run }, gpt]);
    assert.equal(configuration.get("SELECT orchestration_mode FROM gpts")?.["orchestration_mode"], "lin");
  });
});
