import {
  findMarks,
  findMeantTime,
  formatSearchQuery,
  ftsExclusion,
  indexText,
  makeSnippet,
  parseSearchQuery,
  toFtsMatch,
  withFilter,
  withoutFilter,
  wordTokens,
} from "@chatty/model";
import type { ParsedQuery, QueryCondition } from "@chatty/model";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { createRandom } from "../fidelity/seeded-random.ts";
import { injections, randomQuery } from "./random-query.ts";
import { wordTokenizer } from "./word-facts.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const queryCount = isFull ? 1_000_000 : 100_000;
const options = { now: Date.UTC(2024, 5, 15, 12), timeZoneOffset: -120 };
/** Of one query of the fuzz; they have less than 200 letters. */
const slowestMs = 3000;

/** A real full-text table with the columns of the index. */
class FtsTable {
  readonly #database = new DatabaseSync(":memory:");
  readonly #find: StatementSync;
  #count = 0;

  constructor() {
    this.#database.exec(
      `create virtual table t using fts5(text, title, thinking, tool, file, content='', tokenize="${wordTokenizer}")`,
    );
    this.#find = this.#database.prepare("select rowid from t where t match ?");
  }

  add(text: string): number {
    this.#count += 1;
    this.#database.prepare("insert into t(rowid, text) values (?, ?)").run(this.#count, indexText(text));
    return this.#count;
  }

  find(match: string): number[] {
    return this.#find.all(match).map((row) => Number(row["rowid"]));
  }

  close(): void {
    this.#database.close();
  }
}

function openTable(t: TestContext): FtsTable {
  const table = new FtsTable();
  t.after(() => table.close());
  return table;
}

function queries(count: number): string[] {
  return Array.from({ length: count }, (_, index) => randomQuery(createRandom(seed + index)));
}

/** What makes a query the same question. */
function question({ terms, filters }: ParsedQuery): string {
  return JSON.stringify({ terms, filters });
}

/** Queries of which SQLite does not accept what a maker of MATCH expressions makes. */
function refused(table: FtsTable, makeMatch: (query: string) => string, asked: readonly string[]): string[] {
  return asked.filter((query) => {
    const match = makeMatch(query);
    if (match === "") return false;
    try {
      table.find(match);
      return false;
    } catch (error) {
      // Anything but a complaint about the expression is a mistake of this test.
      assert.equal(error instanceof Error && "code" in error && error.code, "ERR_SQLITE_ERROR", query);
      return true;
    }
  });
}

describe("queries at random", () => {
  test("are read, written again as the same question, and accepted by a real full-text table", (t) => {
    const started = Date.now();
    const table = openTable(t);
    table.add("alpha foo.bar() a b");
    const counts = { queries: 0, withTerms: 0, withFilters: 0, withNotices: 0, slowest: 0 };
    for (const query of queries(queryCount)) {
      const at = performance.now();
      const parsed = parseSearchQuery(query, options);
      const match = toFtsMatch(parsed);
      const exclusion = ftsExclusion(parsed);
      findMeantTime(query, options);
      counts.slowest = Math.max(counts.slowest, performance.now() - at);
      const where = `seed ${seed}: ${JSON.stringify(query)}`;
      try {
        if (match !== "") table.find(match);
        if (exclusion !== "") table.find(exclusion);
      } catch (error) {
        assert.fail(`${where}: ${match}: ${String(error)}`);
      }
      const written = formatSearchQuery(parsed);
      const again = parseSearchQuery(written, options);
      assert.equal(question(again), question(parsed), `${where}, written as ${JSON.stringify(written)}`);
      assert.equal(formatSearchQuery(again), written, where);
      counts.queries += 1;
      if (match !== "") counts.withTerms += 1;
      if (parsed.conditions.length > 0) counts.withFilters += 1;
      if (parsed.notices.length > 0) counts.withNotices += 1;
    }
    t.diagnostic(
      `${counts.queries} queries, seed ${seed} (CHATTY_TEST_SEED repeats it): ${counts.withTerms} with words, ${counts.withFilters} with conditions, ${counts.withNotices} with notices; slowest ${counts.slowest.toFixed(1)} ms; ${Date.now() - started} ms`,
    );
    assert.ok(counts.withTerms > queryCount / 2 && counts.withFilters > queryCount / 10);
    assert.ok(counts.slowest < slowestMs, `seed ${seed}: one took ${counts.slowest} ms`);
  });

  test("would be refused if they were handed on as they are, or quoted without a thought", (t) => {
    const table = openTable(t);
    const asked = queries(5000);
    const ours = refused(table, (query) => toFtsMatch(parseSearchQuery(query, options)), asked);
    assert.deepEqual(ours, []);
    const naive = refused(table, (query) => query, asked);
    const quoted = refused(table, (query) => `"${query}"`, asked);
    const unquoted = refused(
      table,
      (query) =>
        parseSearchQuery(query, options)
          .terms.filter(({ excluded, isExact }) => !excluded && !isExact)
          .map(({ text }) => text)
          .join(" AND "),
      asked,
    );
    t.diagnostic(
      `refused of 5000: ${naive.length} as they are, ${quoted.length} in quotes, ${unquoted.length} unquoted`,
    );
    assert.ok(naive.length > 500 && quoted.length > 100 && unquoted.length > 100);
  });

  test("keep their words when chips put conditions in and take them out", (t) => {
    const chips: QueryCondition[] = [
      { key: "from", value: "user", excluded: false },
      { key: "is", value: "archived", excluded: true },
      { key: "model", value: "my model", excluded: false },
      { key: "before", value: "2024-05", excluded: false },
      { key: "in", value: "title", excluded: false },
    ];
    const asked = queries(queryCount / 10);
    const counts = { asTyped: 0, anew: 0 };
    for (const [index, query] of asked.entries()) {
      const chip = createRandom(seed + index).pick(chips);
      const where = `seed ${seed}: ${JSON.stringify([query, chip])}`;
      const before = parseSearchQuery(query, options);
      const put = withFilter(query, chip, options);
      const after = parseSearchQuery(put, options);
      const isThere = (parsed: ParsedQuery): boolean =>
        parsed.conditions.some(
          ({ key, value, excluded }) =>
            key === chip.key && value === chip.value && excluded === chip.excluded,
        );
      assert.ok(isThere(after), `${where}: ${put}`);
      assert.deepEqual(after.terms, before.terms, `${where}: ${put}`);
      const taken = parseSearchQuery(withoutFilter(put, chip, options), options);
      assert.ok(!isThere(taken), where);
      assert.deepEqual(taken.terms, before.terms, `${where}: ${put}`);
      if (put.includes(query.trim())) counts.asTyped += 1;
      else counts.anew += 1;
    }
    t.diagnostic(
      `${counts.asTyped} stayed as they were typed, ${counts.anew} were changed further; seed ${seed}`,
    );
    assert.ok(counts.asTyped > counts.anew * 2);
  });

  test("mark and show something wherever the table finds something", (t) => {
    const table = openTable(t);
    const found = { hits: 0, texts: 0 };
    for (const [index, text] of queries(3000).entries()) {
      const words = wordTokens(text);
      const picked = words[createRandom(seed + index).below(Math.max(1, words.length))];
      if (picked === undefined) continue;
      found.texts += 1;
      const id = table.add(text);
      // From the middle of a pair of letters nothing begins; a quotation of what stands there is always found.
      const quoted = text.slice(picked.from, picked.to).replaceAll('"', "");
      const parsed = parseSearchQuery(`"${quoted}"`, options);
      if (!table.find(toFtsMatch(parsed)).includes(id)) {
        assert.fail(`seed ${seed}: ${JSON.stringify(quoted)} is not found in ${JSON.stringify(text)}`);
      }
      found.hits += 1;
      assert.ok(findMarks(text, parsed).length > 0, `seed ${seed}: ${JSON.stringify([quoted, text])}`);
      assert.ok(
        makeSnippet(text, parsed).marks.length > 0,
        `seed ${seed}: ${JSON.stringify([quoted, text])}`,
      );
    }
    t.diagnostic(`${found.hits} words of ${found.texts} texts, seed ${seed}`);
    assert.ok(found.hits > 1000);
  });
});

describe("what looks like an attack", () => {
  const large: [name: string, text: string][] = [
    ["10,000 parentheses", "(".repeat(10_000)],
    ["10,000 closed parentheses around a word", `${"(".repeat(10_000)}a${")".repeat(10_000)}`],
    ["a megabyte of quotes", '"'.repeat(1_000_000)],
    ["a megabyte of quotes with words", '"a '.repeat(333_000)],
    ["a megabyte of minus signs and parentheses", "-(".repeat(500_000)],
    ["a megabyte of OR", "a OR ".repeat(200_000)],
    ["a megabyte of one word", "a".repeat(1_000_000)],
    ["a megabyte of stars", "a*".repeat(500_000)],
    ["a megabyte of conditions", "from:user model:x ".repeat(55_000)],
    ["a megabyte of unknown conditions", Array.from({ length: 80_000 }, (_, at) => `k:${at}`).join(" ")],
    [
      "a megabyte of different signs",
      Array.from({ length: 100_000 }, (_, at) => "=".repeat(1 + (at % 20))).join(" "),
    ],
    ["a megabyte of Chinese", "我们".repeat(170_000)],
    ["a megabyte of marks", `a${"\u0301".repeat(500_000)}`],
  ];

  for (const [name, text] of [
    ...injections.map((each): [string, string] => [JSON.stringify(each), each]),
    ...large,
  ]) {
    test(`${name} finds itself as text, in bounded time`, (t) => {
      const table = openTable(t);
      const id = table.add(text);
      const other = table.add("nothing of the kind");
      const started = performance.now();
      const parsed = parseSearchQuery(text, options);
      const match = toFtsMatch(parsed);
      formatSearchQuery(parsed);
      makeSnippet(text, parsed);
      const tookMs = performance.now() - started;
      assert.ok(tookMs < 5000, `took ${tookMs} ms`);
      const excludes = parsed.terms.some(({ excluded }) => excluded);
      if (match !== "") {
        const hits = table.find(match);
        assert.ok(excludes || hits.includes(id), `${match.slice(0, 200)} found ${hits.join()}`);
        assert.ok(!hits.includes(other) || match.length === 0, match.slice(0, 200));
      }
      for (const term of parsed.terms) {
        if (term.isExact && !excludes)
          assert.ok(text.toLowerCase().includes(term.text.toLowerCase()), term.text);
      }
    });
  }
});
