import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { MessageId, SearchAnswer, SearchHit, SearchRequest, SessionId } from "@chatty/model";
import { exportText } from "./search-export.ts";
import type { ExportFormat } from "./search-export.ts";

const at = Date.UTC(2024, 2, 1, 12);

function hit(number: number, changes: Partial<SearchHit> = {}): SearchHit {
  return {
    sessionId: `session-${Math.floor(number / 2)}` as SessionId,
    messageId: `message-${number}` as MessageId,
    runtimeId: "synth" as SearchHit["runtimeId"],
    constructId: "synth-001" as SearchHit["constructId"],
    title: "Bread",
    role: "user",
    timestamp: at,
    score: 1,
    snippet: "about bread",
    marks: [[6, 11]],
    titleMarks: [],
    field: "text",
    onActivePath: true,
    foundBy: ["text"],
    ...changes,
  };
}

/** A search over these hits, three at a time, that keeps how often it was asked. */
function pagesOf(hits: readonly SearchHit[]): {
  search(request: SearchRequest): Promise<SearchAnswer>;
  asked: SearchRequest[];
} {
  const asked: SearchRequest[] = [];
  return {
    asked,
    search(request) {
      asked.push(request);
      const from = Number(request.after ?? 0);
      const to = from + 3;
      return Promise.resolve({
        hits: hits.slice(from, to),
        ...(to < hits.length ? { next: String(to) } : {}),
        totalIsExact: true,
        sort: "best",
        mode: "text",
        pendingSessions: to < hits.length ? 0 : 2,
        notices: ["`foo:` is no condition."],
        tookMs: 1,
      });
    },
  };
}

async function exported(format: ExportFormat, hits: readonly SearchHit[]): Promise<string> {
  const { search } = pagesOf(hits);
  const request = { query: "bread" };
  const pieces: string[] = [];
  for await (const piece of exportText(format, { request, first: await search(request), search, now: at })) {
    pieces.push(piece);
  }
  return pieces.join("");
}

describe("exportText", () => {
  test("gives every hit once as JSON, and at the end what may be missing", async () => {
    for (const count of [0, 1, 3, 4, 10]) {
      const hits = Array.from({ length: count }, (_, number) => hit(number));
      const value = JSON.parse(await exported("json", hits)) as Record<string, unknown>;
      assert.deepEqual(value["hits"], hits);
      assert.deepEqual(
        [value["query"], value["count"], value["notices"]],
        ["bread", count, ["`foo:` is no condition."]],
      );
      assert.equal(value["pendingSessions"], 2);
    }
  });

  test("looks for the next page only when the page before was read", async () => {
    const hits = Array.from({ length: 10 }, (_, number) => hit(number));
    const { search, asked } = pagesOf(hits);
    const request = { query: "bread", limit: 3 };
    const text = exportText("csv", { request, first: await search(request), search, now: at });
    await text.next();
    await text.next();
    assert.equal(asked.length, 1);
    await text.next();
    assert.deepEqual(asked, [request, { ...request, after: "3" }]);
    await text.return(undefined);
    assert.equal(asked.length, 2);
  });

  test("does not go round in circles", async () => {
    const answer = await pagesOf([hit(0), hit(1), hit(2), hit(3)]).search({ query: "bread" });
    const search = (): Promise<SearchAnswer> => Promise.resolve(answer);
    const text = exportText("csv", { request: { query: "bread" }, first: answer, search, now: at });
    await assert.rejects(async () => {
      for await (const piece of text) assert.notEqual(piece, "");
    }, /leads to itself/);
  });

  test("writes tables that no program computes with and every program reads", async () => {
    const odd = hit(0, {
      title: '=HYPERLINK("http://x")',
      snippet: 'a "quoted", thing\nin two lines',
      messageId: null,
    });
    const { timestamp: _, ...undated } = hit(1, { snippet: "@SUM(A1)", model: "gpt-4o" });
    const [head, ...rows] = (await exported("csv", [odd, undated])).split("\r\n");
    assert.equal(
      head,
      "\uFEFFsessionId,messageId,runtimeId,constructId,title,role,model,time,score,field,onActivePath,foundBy,snippet",
    );
    assert.deepEqual(rows, [
      'session-0,,synth,synth-001,"\'=HYPERLINK(""http://x"")",user,,2024-03-01T12:00:00.000Z,1,text,true,text,"a ""quoted"", thing\nin two lines"',
      "session-0,message-1,synth,synth-001,Bread,user,gpt-4o,,1,text,true,text,'@SUM(A1)",
      "",
    ]);
  });

  test("writes Markdown in which words of a conversation stand for themselves", async () => {
    const text = await exported("md", [
      hit(0, { title: "# <b>One</b> [x](http://y)", snippet: "a *star*\nabout bread", marks: [[15, 20]] }),
      hit(1, { onActivePath: false }),
      hit(2, { title: "" }),
    ]);
    assert.match(text, /^# Search: bread\n/);
    assert.match(text, /\n## \\# \\<b\\>One\\<\/b\\> \\\[x\\\]\(http:\/\/y\)\n/);
    assert.match(text, /\n> a \\\*star\\\* about \*\*bread\*\*\n/);
    assert.match(text, / · in another branch · `message-1`\n/);
    assert.equal(text.match(/^## /gm)?.length, 2, "hits of one conversation stand together");
    assert.match(text, /\n## Untitled\n/);
    assert.match(
      text,
      /\n3 found\. 2 conversations are not in the index yet, so something may be missing\.\n$/,
    );
  });
});
