import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { SearchAnswer, SearchHit, SearchState } from "@chatty/server/api";
import type { Role, SearchFeature, SearchMark } from "@chatty/model";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { listen } from "./listen.ts";
import { errorCode, openTestServer } from "./open-test-server.ts";
import type { TestServer } from "./open-test-server.ts";
import {
  addNativeTalk,
  expectedMessages,
  readEverything,
  talkativeExport,
  vocabulary,
} from "./search-vault.ts";
import type { Asked, KnownMessage } from "./search-vault.ts";

const isFull = process.env["CHATTY_TEST_FULL"] === "1";
const seed = Number(process.env["CHATTY_TEST_SEED"] ?? Date.now() % 1_000_000);
const rounds = isFull ? 2000 : 200;
const homeSession = "synth-001_chat_with_synth-001";

async function talkative(t: TestContext): Promise<{ server: TestServer; known: KnownMessage[] }> {
  const server = await openTestServer(t);
  const { user, vault } = server.opened;
  for (const [account, count] of [
    [1, 40],
    [2, 15],
  ] as const) {
    const bytes = Readable.from([talkativeExport(seed + account, count)]);
    await user.import({ kind: "stream", name: `${account}.json`, bytes }, { into: "new" });
  }
  await addNativeTalk(user, seed, 8);
  await vault.settle();
  return { server, known: await readEverything(user) };
}

/** Every hit, page by page. */
async function searchAll(server: TestServer, query: URLSearchParams, limit: number): Promise<SearchHit[]> {
  const hits: SearchHit[] = [];
  let after: string | undefined;
  do {
    const page = new URLSearchParams(query);
    page.set("limit", String(limit));
    if (after !== undefined) page.set("after", after);
    const answer = await server.good<SearchAnswer>(`/api/search?${page.toString()}`);
    assert.equal(answer.pendingSessions, 0);
    hits.push(...answer.hits);
    after = answer.next;
    assert.ok(after === undefined || answer.hits.length === limit, "a page that is not the last one is full");
  } while (after !== undefined);
  return hits;
}

function queryOf(asked: Asked): URLSearchParams {
  const query = new URLSearchParams({ q: asked.words.join(" "), mode: "text" });
  for (const name of ["runtime", "role", "model", "has", "is", "session"] as const) {
    for (const value of asked[name] ?? []) query.append(name, value);
  }
  if (asked.from !== undefined) query.set("from", String(asked.from));
  if (asked.to !== undefined) query.set("to", new Date(asked.to).toISOString());
  return query;
}

function keysOf(hits: readonly { sessionId: string; messageId: string | null }[]): string[] {
  return hits.map(({ sessionId, messageId }) => `${sessionId} ${messageId}`).sort();
}

function expectedKeys(known: readonly KnownMessage[], asked: Asked): string[] {
  return keysOf(
    expectedMessages(known, asked).map(({ session, message }) => ({
      sessionId: session.sessionId,
      messageId: message.id,
    })),
  );
}

function randomQuestion(random: SeededRandom, known: readonly KnownMessage[]): Asked {
  const some = <Item>(items: readonly Item[], chance: number): Item[] | undefined =>
    random.next() < chance ? [random.pick(items), random.pick(items)] : undefined;
  const runtimes = [...new Set(known.map(({ session }) => session.runtimeId))];
  const sessions = [...new Set(known.map(({ session }) => session.sessionId))];
  const all = [...vocabulary.text, ...vocabulary.thinking, ...vocabulary.tool];
  const asked: Asked = { words: Array.from({ length: 1 + random.below(2) }, () => random.pick(all)) };
  const times = known.flatMap(({ message }) => message.timestamp ?? []);
  const runtime = some(runtimes, 0.3);
  const role = some<Role>(["user", "assistant", "tool", "system"], 0.3);
  const model = some(["gpt-4", "GPT-4o", "gpt*", "o1*"], 0.2);
  const has = some<SearchFeature>(["code", "link", "thinking", "tool", "image"], 0.2);
  const is = some<SearchMark>(["starred", "archived", "imported", "native", "active", "home", "hidden"], 0.3);
  return {
    ...asked,
    ...(runtime === undefined ? {} : { runtime }),
    ...(role === undefined ? {} : { role }),
    ...(model === undefined ? {} : { model }),
    ...(has === undefined ? {} : { has }),
    ...(is === undefined ? {} : { is }),
    ...(random.next() < 0.1 ? { session: [random.pick(sessions)] } : {}),
    ...(random.next() < 0.3 ? { from: random.pick(times) } : {}),
    ...(random.next() < 0.3 ? { to: random.pick(times) } : {}),
  };
}

describe("search over HTTP", () => {
  test("in a vault of many words", async (outer) => {
    const { server, known } = await talkative(outer);

    await outer.test(
      "finds with every condition what a reader of everything would find, each once",
      async (t) => {
        const random = createRandom(seed);
        let found = 0;
        for (let round = 0; round < rounds; round += 1) {
          const asked = randomQuestion(random, known);
          const query = queryOf(asked);
          if (round % 3 === 0) query.set("sort", "newest");
          const hits = await searchAll(server, query, round % 2 === 0 ? 200 : 7);
          assert.deepEqual(keysOf(hits), expectedKeys(known, asked), `seed ${seed}, ${query.toString()}`);
          if (query.get("sort") === "newest") {
            const times = hits.map(({ timestamp }) => timestamp ?? Number.NEGATIVE_INFINITY);
            assert.deepEqual(
              times,
              times.toSorted((left, right) => right - left),
            );
          }
          found += hits.length;
        }
        t.diagnostic(`${rounds} questions to ${known.length} messages found ${found} hits (seed ${seed})`);
        assert.ok(found > rounds);
      },
    );

    await outer.test("tells of a hit what it is, and marks the words in its snippet", async () => {
      const hits = await searchAll(server, new URLSearchParams({ q: "granite", mode: "text" }), 200);
      assert.ok(hits.length > 10);
      for (const hit of hits) {
        const of = known.find(
          ({ session, message }) => session.sessionId === hit.sessionId && message.id === hit.messageId,
        );
        assert.ok(of !== undefined);
        const { session, message, isActive } = of;
        assert.deepEqual(
          [
            hit.runtimeId,
            hit.constructId,
            hit.title,
            hit.role,
            hit.model,
            hit.timestamp,
            hit.onActivePath,
            hit.field,
          ],
          [
            session.runtimeId,
            session.constructId,
            session.title,
            message.role,
            message.model,
            message.timestamp,
            isActive,
            "text",
          ],
        );
        assert.ok(hit.marks.length > 0);
        for (const [from, to] of hit.marks)
          assert.equal(hit.snippet.slice(from, to).toLowerCase(), "granite");
        assert.deepEqual(hit.foundBy, ["text"]);
      }
    });

    await outer.test("counts for facets what it finds", async () => {
      for (const word of ["harbour", "granite"]) {
        const answer = await server.good<SearchAnswer>(`/api/search?q=${word}&mode=text&facets=true&limit=1`);
        const expected = expectedMessages(known, { words: [word] });
        assert.deepEqual([answer.total, answer.totalIsExact], [expected.length, true]);
        const { facets } = answer;
        assert.ok(facets !== undefined && facets.exact);
        const count = (values: readonly string[]): object =>
          Object.fromEntries(
            [...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]),
          );
        const told = (counts: readonly { value: string; count: number }[]): object =>
          Object.fromEntries(counts.map(({ value, count: number }) => [value, number]));
        assert.deepEqual(told(facets.runtimes), count(expected.map(({ session }) => session.runtimeId)));
        assert.deepEqual(told(facets.roles), count(expected.map(({ message }) => message.role)));
        assert.deepEqual(told(facets.models), count(expected.flatMap(({ message }) => message.model ?? [])));
        assert.deepEqual(
          told(facets.months),
          count(
            expected.map(({ message: { timestamp } }) =>
              timestamp === undefined ? "undated" : new Date(timestamp).toISOString().slice(0, 7),
            ),
          ),
        );
      }
      const without = await server.good<SearchAnswer>("/api/search?q=harbour");
      assert.equal(without.facets, undefined);
    });

    await outer.test("takes a date as its whole day, and an instant as it is", async () => {
      const day = known.flatMap(({ message }) => message.timestamp ?? [])[5] ?? 0;
      const date = new Date(day).toISOString().slice(0, 10);
      const start = Date.parse(date);
      const asked = { words: [], from: start, to: start + 86_400_000 };
      const hits = await searchAll(server, new URLSearchParams({ from: date, to: date, mode: "text" }), 200);
      assert.ok(hits.length > 0);
      assert.deepEqual(keysOf(hits.filter(({ field }) => field !== "title")), expectedKeys(known, asked));
    });

    await outer.test("gives every hit in each format, with a name to save it under", async () => {
      const asked = { words: ["harbour"] };
      const expected = expectedKeys(known, asked);
      assert.ok(expected.length > 200, "more than one page");
      const query = queryOf(asked).toString();
      const json = await server.ask(`/api/search/export?${query}`);
      assert.match(String(json.headers["content-type"]), /^application\/json/);
      assert.match(
        String(json.headers["content-disposition"]),
        /^attachment; filename="search \d{4}-\d\d-\d\d\.json"/,
      );
      const { hits, count } = json.json as { hits: SearchHit[]; count: number };
      assert.deepEqual([keysOf(hits), count], [expected, expected.length]);
      const csv = await server.ask(`/api/search/export?${query}&format=csv`);
      assert.match(String(csv.headers["content-type"]), /^text\/csv/);
      assert.equal(csv.text.match(/^[0-9a-f-]{36},/gm)?.length, expected.length);
      const markdown = await server.ask(`/api/search/export?${query}&format=md&sort=newest`);
      assert.match(markdown.text, new RegExp(`\\n${expected.length} found\\.\\n$`));
      const bad = await server.ask(`/api/search/export?${query}&format=pdf`);
      assert.equal(errorCode(bad), "REQUEST_INVALID");
    });

    await outer.test(
      "pages without gaps or doubles, in the order of one big page, also while messages come",
      async () => {
        for (const sort of ["best", "newest"]) {
          const query = new URLSearchParams({ q: "harbour", mode: "text", sort });
          const whole = await searchAll(server, query, 200);
          const paged = await searchAll(server, query, 7);
          assert.deepEqual(
            paged.map(({ messageId }) => messageId),
            whole.map(({ messageId }) => messageId),
          );
        }
        const query = new URLSearchParams({ q: "harbour", mode: "text", sort: "newest" });
        const before = await searchAll(server, query, 200);
        const first = await server.good<SearchAnswer>(`/api/search?${query.toString()}&limit=10`);
        await server.good(`/api/sessions/${homeSession}/messages`, {
          method: "POST",
          body: { role: "user", content: "harbour, newer than all" },
        });
        const rest: SearchHit[] = [];
        for (let { next } = first; next !== undefined;) {
          query.set("after", next);
          const page = await server.good<SearchAnswer>(`/api/search?${query.toString()}&limit=10`);
          rest.push(...page.hits);
          next = page.next;
        }
        assert.deepEqual(keysOf([...first.hits, ...rest]), keysOf(before));
      },
    );
  });

  test("refuses what it does not understand, and says what", async (t) => {
    const server = await openTestServer(t);
    for (const [query, status, code] of [
      ["q=x&limit=0", 400, "REQUEST_INVALID"],
      ["q=x&limit=201", 400, "REQUEST_INVALID"],
      ["q=x&limit=many", 400, "REQUEST_INVALID"],
      ["q=x&mode=magic", 400, "REQUEST_INVALID"],
      ["q=x&sort=oldest", 400, "REQUEST_INVALID"],
      ["q=x&role=robot", 400, "REQUEST_INVALID"],
      ["q=x&has=soul", 400, "REQUEST_INVALID"],
      ["q=x&facets=perhaps", 400, "REQUEST_INVALID"],
      ["q=x&runtimes=synth", 400, "REQUEST_INVALID"],
      ["q=x&q=y", 400, "REQUEST_INVALID"],
      ["q=x&from=yesterday", 400, "REQUEST_INVALID"],
      ["q=x&to=2024", 400, "REQUEST_INVALID"],
      ["q=x&to=2024-02-31", 400, "REQUEST_INVALID"],
      [`q=${"x".repeat(4001)}`, 400, "REQUEST_INVALID"],
      ["q=x&after=nonsense", 400, "CURSOR_INVALID"],
      ["q=x&runtime=none", 404, "RUNTIME_NOT_FOUND"],
      ["q=x&construct=none-001", 404, "CONSTRUCT_NOT_FOUND"],
      ["q=x&session=none", 404, "SESSION_NOT_FOUND"],
    ] as const) {
      for (const route of ["/api/search", "/api/search/export"]) {
        if (route.endsWith("export") && /limit|facets|after/.test(query)) continue;
        const bad = await server.ask(`${route}?${query}`);
        assert.deepEqual([bad.status, errorCode(bad)], [status, code], `${route}?${query.slice(0, 80)}`);
      }
    }
    const time = await server.ask("/api/search?q=x&from=yesterday");
    assert.match(time.text, /`from` is not a time: \\"yesterday\\"/);
    const bare = await server.askBare("/api/search?q=x");
    assert.deepEqual([bare.status, errorCode(bare)], [401, "UNAUTHORIZED"]);
    const odd = [
      '"',
      "AND",
      "NEAR(",
      "a*b",
      "text:x",
      "'; DROP TABLE",
      "-",
      "*",
      "\u0000",
      "%00",
      "(((",
      "^x",
    ];
    for (const text of odd) {
      const answer = await server.ask(`/api/search?${new URLSearchParams({ q: text }).toString()}`);
      assert.equal(answer.status, 200, `${text}: ${answer.text}`);
    }
  });

  test("knows at once what was written, changed, deleted and brought back", async (t) => {
    const server = await openTestServer(t);
    const find = async (word: string): Promise<(string | null)[]> => {
      const answer = await server.good<SearchAnswer>(`/api/search?q=${word}&mode=text`);
      assert.equal(answer.pendingSessions, 0);
      return answer.hits.map(({ messageId }) => messageId);
    };
    const { user } = server.opened;
    const { sessionId } = await user.createSession({ title: "Words" });
    const [said] = await user.append(sessionId, [{ role: "user", content: "an aardvark" }]);
    assert.ok(said !== undefined);
    assert.deepEqual(await find("aardvark"), [said.messageId]);
    await user.reviseMessage(sessionId, said.messageId, "a wombat");
    assert.deepEqual([await find("aardvark"), await find("wombat")], [[], [said.messageId]]);
    await user.setMessageDeleted(sessionId, said.messageId, true);
    assert.deepEqual(await find("wombat"), []);
    await user.setMessageDeleted(sessionId, said.messageId, false);
    assert.deepEqual(await find("wombat"), [said.messageId]);
    await user.deleteSession(sessionId);
    assert.deepEqual(await find("wombat"), []);
    await user.restoreSession(sessionId);
    assert.deepEqual(await find("wombat"), [said.messageId]);
    await user.renameSession(sessionId, "Zeppelin");
    assert.equal((await find("zeppelin")).length, 1);
    await user.deleteSession(sessionId);
    await user.purgeSession(sessionId);
    assert.deepEqual([await find("wombat"), await find("zeppelin")], [[], []]);
  });

  test("never finds what belongs to somebody else, and no score tells of it", async (t) => {
    const server = await openTestServer(t);
    const { vault, user } = server.opened;
    const mine = await user.createSession({ title: "Mine" });
    await user.append(mine.sessionId, [
      { role: "user", content: "a pangolin of mine" },
      { role: "user", content: "a shared ocelot" },
    ]);
    const scores = async (): Promise<number[]> => {
      const { hits } = await server.good<SearchAnswer>("/api/search?q=pangolin&mode=text");
      return hits.map(({ score }) => score);
    };
    const before = await scores();
    const other = await vault.createUser("other");
    const theirs = await other.createSession({ title: "Basilisk" });
    const [secret] = await other.append(theirs.sessionId, [
      ...Array.from({ length: 50 }, () => ({ role: "user" as const, content: "pangolin pangolin" })),
      { role: "user" as const, content: "a secret of theirs with an ocelot" },
    ]);
    await vault.settle();
    for (const word of ["secret", "theirs", "basilisk", "title:basilisk", "sec*", '"secret of"']) {
      const answer = await server.good<SearchAnswer>(
        `/api/search?${new URLSearchParams({ q: word, facets: "true" }).toString()}`,
      );
      assert.deepEqual([answer.hits, answer.suggestions ?? []], [[], []], word);
    }
    const ocelots = await server.good<SearchAnswer>("/api/search?q=ocelot&mode=text");
    assert.deepEqual(
      ocelots.hits.map(({ sessionId }) => sessionId),
      [mine.sessionId],
    );
    const near = (left: number, right: number): boolean => Math.abs(left - right) < 1e-6 * Math.abs(left);
    const after = await scores();
    assert.equal(before.length, 1);
    // A little of a score is how recent the message is.
    assert.ok(near(before[0] ?? 0, after[0] ?? 1), `${before.join()} and then ${after.join()}`);
    for (const path of [
      `/api/search?q=secret&session=${theirs.sessionId}`,
      `/api/search/similar?session=${theirs.sessionId}&message=${secret?.messageId ?? ""}`,
    ]) {
      const answer = await server.ask(path);
      assert.deepEqual([answer.status, errorCode(answer)], [404, "SESSION_NOT_FOUND"], path);
    }
    assert.equal((await other.search({ query: "secret", mode: "text" })).hits.length, 1);
    const { messages } = await user.searchState();
    assert.equal(messages, 2);
  });

  test("says how far the index is, and tells every tab when that changes", async (t) => {
    const server = await openTestServer(t);
    const tab = await listen(server);
    t.after(() => tab.close());
    await tab.find(
      ({ type, search }) => type === "search_state" && (search as SearchState).state === "ready",
    );
    const empty = await server.good<SearchState>("/api/search/state");
    assert.deepEqual([empty.state, empty.pendingSessions], ["ready", 0]);
    await server.good(`/api/sessions/${homeSession}/messages`, {
      method: "POST",
      body: { role: "user", content: "One more" },
    });
    await tab.find(
      ({ type, search }) =>
        type === "search_state" && (search as SearchState).messages === empty.messages + 1,
    );
  });

  test("finds what is similar, and refuses what is no message", async (t) => {
    const server = await openTestServer(t);
    const { user } = server.opened;
    const [first] = await user.append(homeSession, [
      { role: "user", content: "How do I keep a sourdough starter alive?" },
    ]);
    const path = `/api/search/similar?session=${homeSession}&message=`;
    const answer = await server.good<SearchAnswer>(`${path}${first?.messageId ?? ""}&limit=5`);
    assert.ok(
      answer.hits.every(({ messageId }) => messageId !== first?.messageId),
      "not the message itself",
    );
    const none = await server.ask(`${path}0198c0de-0000-7000-8000-000000000001`);
    assert.deepEqual([none.status, errorCode(none)], [404, "MESSAGE_NOT_FOUND"]);
    const bad = await server.ask(`${path}x`);
    assert.equal(bad.status, 400);
  });
});
