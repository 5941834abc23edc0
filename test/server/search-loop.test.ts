import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { exportReader } from "@chatty/importers";
import type { SearchAnswer } from "@chatty/server/api";
import { startServer } from "@chatty/server";
import type { RunningServer, ServerOptions } from "@chatty/server";
import { openVault } from "@chatty/store";
import type { Vault } from "@chatty/store";
import { watchLoop } from "../bench/loop-delay.ts";
import type { LoopWatch } from "../bench/loop-delay.ts";
import { ask, signIn } from "./open-test-server.ts";
import { expectedMessages, readEverything, talkativeExport, vocabulary } from "./search-vault.ts";

const seed = 12;
const conversations = process.env["CHATTY_TEST_FULL"] === "1" ? 5000 : 250;
const askers = 4;
const rounds = 25;
/** Longest work of the server's thread between two turns while others search. Milliseconds of the processor. */
const bearableMs = 25;
const thread = pathToFileURL(
  join(import.meta.dirname, "..", "..", "packages", "cli", "src", "search-thread.ts"),
).href;

interface Served {
  vault: Vault;
  server: RunningServer;
  cookie: string;
}

async function serve(t: TestContext, plant: NonNullable<ServerOptions["plant"]>): Promise<Served> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chatty-search-loop-")));
  const vault = await openVault({
    home: join(folder, "home"),
    environment: "test",
    exports: exportReader,
    searchThread: thread,
  });
  t.after(async () => {
    await vault.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  const bytes = Readable.from([talkativeExport(seed, conversations)]);
  await vault.user().import({ kind: "stream", name: "talk.json", bytes });
  const server = await startServer({
    vault,
    version: "0.0.0",
    home: folder,
    port: 0,
    runtimes: { places: [] },
    plant,
  });
  t.after(() => server.close());
  return { vault, server, cookie: await signIn(server) };
}

/** Four askers with the costliest questions at once, while the loop of the server is watched. */
async function watchSearching({ server, cookie }: Served, extra?: string): Promise<LoopWatch<number>> {
  const get = async (path: string): Promise<number> => {
    const answer = await ask(server.port, path, { headers: { cookie } });
    assert.equal(answer.status, 200, answer.text);
    return (answer.json as Partial<SearchAnswer>).hits?.length ?? 0;
  };
  // What is only slow once, such as compiling, is not what is asked about.
  for (const word of vocabulary.text) await get(`/api/search?q=${word}&mode=text&facets=true`);
  return await watchLoop(async (note) => {
    let found = 0;
    const asking = Array.from({ length: askers }, async (_, asker) => {
      for (let round = 0; round < rounds; round += 1) {
        const word = vocabulary.text[(round + asker) % vocabulary.text.length] ?? "";
        const sort = round % 2 === 0 ? "best" : "newest";
        const hits = await get(`/api/search?q=${word}&mode=text&facets=true&limit=20&sort=${sort}`);
        found += hits;
      }
    });
    note("searching");
    if (extra !== undefined) asking.push(get(extra).then(() => undefined));
    await Promise.all(asking);
    return found;
  });
}

/** What is found at every moment at which nothing is said to be missing, from an empty index to a whole one. */
async function foundWhenWhole({ vault }: Served): Promise<{ looks: number; totals: number[] }> {
  const user = vault.user();
  const totals = new Set<number>();
  let looks = 0;
  for (let whole = 0; whole < 3; looks += 1) {
    const { state, pendingSessions } = await user.searchState();
    if (state !== "ready" || pendingSessions > 0) continue;
    whole += 1;
    const { total = 0 } = await user.search({ query: "compass", mode: "text", limit: 1 });
    totals.add(total);
  }
  return { looks, totals: [...totals] };
}

describe("the server's loop", () => {
  test("stays free while many search, and is seen when it is not", async (t) => {
    const served = await serve(t, (app) => {
      app.get("/api/busy", { config: { policy: { access: "user" } } }, () => {
        // As much as a search of everything without an index costs.
        const until = process.threadCpuUsage().user + 200_000;
        while (process.threadCpuUsage().user < until);
        return {};
      });
    });
    const { looks, totals } = await foundWhenWhole(served);
    const { messages } = await served.vault.user().searchState();
    const known = await readEverything(served.vault.user());
    t.diagnostic(`${looks} looks until the index was whole`);
    assert.deepEqual(totals, [expectedMessages(known, { words: ["compass"] }).length]);
    const { value: found, work } = await watchSearching(served);
    t.diagnostic(
      `${askers * rounds} searches of ${messages} messages gave ${found} hits; work between turns p50 ${work.p50.toFixed(1)} ms, p99 ${work.p99.toFixed(1)} ms, longest ${work.max.toFixed(1)} ms`,
    );
    assert.ok(found > 4 * askers * rounds, `only ${found} hits`);
    assert.ok(work.p99 < bearableMs, `p99 ${work.p99.toFixed(1)} ms`);
    const busy = await watchSearching(served, "/api/busy");
    assert.ok(busy.work.max > 100, `longest ${busy.work.max.toFixed(1)} ms`);
  });
});
