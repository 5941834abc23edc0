import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import type { ConfigurationChange, ConfigurationTable, Row } from "./changes.ts";
import { openConfiguration } from "./database.ts";
import { bookkeepingTableNames, derivedTableNames, statementFromChange, tables } from "./tables.ts";

const tableNames = Object.keys(tables) as ConfigurationTable[];

describe("the registry of tables", () => {
  test("says of every column what the database says", (context) => {
    const configuration = openConfiguration(":memory:");
    context.after(() => configuration.close());
    for (const name of tableNames) {
      const found = configuration.all(`PRAGMA table_info(${name})`);
      const key = found.filter((row) => row["pk"] !== 0).sort((a, b) => Number(a["pk"]) - Number(b["pk"]));
      assert.deepEqual(
        key.map((row) => row["name"]),
        tables[name].key,
        name,
      );
      assert.deepEqual(
        found.map((row) => row["name"]),
        Object.keys(tables[name].columns),
        name,
      );
      for (const row of found) {
        const column = tables[name].columns[String(row["name"])];
        const place = `${name}.${String(row["name"])}`;
        assert.equal(column?.type === "integer" ? "INTEGER" : "TEXT", row["type"], place);
        assert.equal(column?.nullable, row["notnull"] === 0, place);
        const fallback = column?.fallback;
        const written =
          typeof fallback === "string"
            ? `'${fallback}'`
            : typeof fallback === "number"
              ? `${fallback}`
              : null;
        assert.equal(row["dflt_value"], written, place);
      }
    }
  });

  test("knows every table of the database, the user's own ones strict and keyed by the user first", (context) => {
    const configuration = openConfiguration(":memory:");
    context.after(() => configuration.close());
    const found = configuration.all(
      "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'",
    );
    const ours = found.filter((row) => !String(row["name"]).startsWith("sqlite_"));
    assert.deepEqual(
      ours.map((row) => String(row["name"])).sort(),
      [...tableNames, ...derivedTableNames, ...bookkeepingTableNames].sort(),
    );
    for (const row of ours) assert.equal(row["strict"], 1, String(row["name"]));
    for (const name of [...tableNames, ...derivedTableNames]) {
      const first = configuration.get(`SELECT name FROM pragma_table_info('${name}') WHERE pk = 1`);
      assert.equal(first?.["name"], "user_id", name);
    }
  });
});

describe("statementFromChange", () => {
  const setting: Row = { user_id: "u", key: "k", value: "1" };
  const refused: [string, ConfigurationChange][] = [
    ["an unknown table", { put: "log_state" as ConfigurationTable, row: { id: 1 } }],
    ["a table named like a member of every object", { put: "constructor" as ConfigurationTable, row: {} }],
    ["a derived table", { delete: "import_references" as ConfigurationTable, key: { user_id: "u" } }],
    ["an unknown column", { put: "settings", row: { ...setting, extra: 1 } }],
    ["SQL in a column name", { put: "settings", row: { ...setting, "key) VALUES (1); --": 1 } }],
    ["a missing key column", { put: "settings", row: { key: "k", value: "1" } }],
    ["a missing value without a fallback", { put: "settings", row: { user_id: "u", key: "k" } }],
    ["null where it is not allowed", { put: "settings", row: { ...setting, value: null } }],
    ["a number where text belongs", { put: "settings", row: { ...setting, key: 1 } }],
    [
      "text where a number belongs",
      { put: "stars", row: { user_id: "u", session_id: "s", starred_at: "1" } },
    ],
    ["a fraction", { put: "stars", row: { user_id: "u", session_id: "s", starred_at: 1.5 } }],
    ["an unsafe integer", { put: "stars", row: { user_id: "u", session_id: "s", starred_at: 2 ** 53 } }],
    ["text that is not JSON", { put: "settings", row: { ...setting, value: "{" } }],
    ["a lone surrogate", { put: "settings", row: { ...setting, key: "\ud800" } }],
    ["a key with a column too few", { delete: "settings", key: { user_id: "u" } }],
    ["a key with a column too many", { delete: "settings", key: { user_id: "u", key: "k", value: "1" } }],
  ];
  for (const [what, change] of refused) {
    test(`refuses ${what}`, () => {
      assert.throws(
        () => statementFromChange(change),
        (error) => isChattyError(error, "CONFIGURATION_CHANGE_INVALID"),
      );
    });
  }

  test("binds every value and updates in place", () => {
    const { sql, values } = statementFromChange({ put: "settings", row: setting });
    assert.deepEqual(values, ["u", "k", "1"]);
    assert.match(
      sql,
      /^INSERT INTO settings \(user_id, key, value\) VALUES \(\?, \?, \?\) ON CONFLICT \(user_id, key\) DO UPDATE SET value = excluded\.value$/,
    );
  });

  test("gives what a put leaves out its fallback", () => {
    const row = { user_id: "u", username: "n", shard: "s", created_at: 1, updated_at: 2 };
    assert.deepEqual(statementFromChange({ put: "users", row }).values, ["u", "n", "s", 1, 2, "{}", "{}"]);
  });
});
