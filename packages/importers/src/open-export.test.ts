import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { exportReader } from "./export-reader.ts";
import { chatGpt, claude, open, zip, read, idsOf, codesOf, refusal } from "./testing/export-checks.ts";
import { writeZip } from "./testing/zip-writer.ts";

const fixtures = fileURLToPath(new URL("../../../../shared/fixtures/", import.meta.url));
const withoutFixtures = existsSync(fixtures) ? false : "the shared fixtures are not there";

describe("open", () => {
  test("takes ChatGPT and Claude as array, single object, wrapped, per line, with a mark", async () => {
    for (const [source, make] of [
      ["chatgpt", chatGpt],
      ["claude", claude],
    ] as const) {
      const one = JSON.stringify(make("a"));
      const two = JSON.stringify(make("b"));
      const forms = [
        `[${one},${two}]`,
        `{"conversations":[${one},${two}]}`,
        `${one}\n${two}\n`,
        `\ufeff[${one},${two}]`,
        `\r\n [\n${one}\n,\n${two}\n]\n`,
      ];
      for (const form of forms) {
        const opened = await open(form);
        assert.equal(opened.source, source);
        assert.deepEqual(idsOf(await read(opened)), ["a", "b"], form.slice(0, 30));
      }
      assert.deepEqual(idsOf(await read(await open(one))), ["a"]);
    }
  });

  test("tells whose other vendors' files are, by content", async () => {
    const cases: [text: string, name: RegExp][] = [
      [
        '[{"id":"1","inserted_at":"x","mapping":{"root":{"message":null},"1":{"message":{"fragments":[]}}}}]',
        /DeepSeek/,
      ],
      [
        '{"conversations":[{"conversation":{"id":"x"},"responses":[]}]}',
        /This is a Grok export; Chatty cannot read those yet/,
      ],
      ['{"runSettings":{},"chunkedPrompt":{"chunks":[]}}', /AI Studio/],
      ['[{"header":"Gemini","title":"t","time":"x","products":["Gemini"]}]', /Gemini/],
      ['{"conversations":[{"context_uuid":"c","entries":[]}]}', /Perplexity/],
      ['[{"chatId":"c","contentChunks":[],"role":"user"}]', /Mistral/],
      ['[{"id":"1","chat":{"history":{"messages":{},"currentId":"x"}}}]', /an Open WebUI export/],
      ['{"conversationId":"c","recursive":true,"messages":[]}', /LibreChat/],
      ['{"version":4,"history":[],"folders":[],"prompts":[]}', /Chatbot UI/],
      ['{"sessionId":"s","projectHash":"h","messages":[]}', /Gemini CLI/],
      ['{"type":"session_meta","payload":{}}\n{"type":"response_item","payload":{}}', /Codex/],
      ['{"parentUuid":null,"sessionId":"s","uuid":"u","message":{}}\n{}', /Claude Code/],
      [
        '{"user_name":"U","character_name":"C","chat_metadata":{}}\n{"mes":"x","is_user":true}',
        /SillyTavern/,
      ],
      ['[{"conversations":[{"from":"human","value":"x"}]}]', /ShareGPT/],
      ['[{"role":"user","content":"x"}]', /an OpenAI messages export/],
      ["Conversation,Time,Author,Message\na,b,c,d", /Copilot/],
      ["SQLite format 3\0\0", /SQLite/],
      ["\u0089PNG", /no conversations/],
    ];
    for (const [text, name] of cases) {
      const bytes = text.startsWith("\u0089") ? Buffer.from(text, "latin1") : Buffer.from(text);
      for (const content of [bytes, zip({ "data/anything.json": bytes })]) {
        const error = await refusal(content);
        assert.match(error.message, name);
        assert.ok(error.hint !== undefined);
      }
    }
  });

  test("refuses with a clear word what is no export, half of one, or wrongly encoded", async () => {
    const cases: [content: string | Uint8Array, code: string, message: RegExp][] = [
      ["", "NOT_AN_EXPORT", /empty/],
      ["hello", "NOT_AN_EXPORT", /no conversations/],
      ["\0\0\0\0\0\0", "NOT_AN_EXPORT", /no conversations/],
      ["[]", "NOT_AN_EXPORT", /no conversations/],
      ["{}", "NOT_AN_EXPORT", /no conversations/],
      [writeZip([]), "NOT_AN_EXPORT", /no conversations/],
      [zip({ "photo.jpg": "x" }), "NOT_AN_EXPORT", /no conversations/],
      [Buffer.from('\ufeff[{"mapping":{}}]', "utf16le"), "UNSUPPORTED_ENCODING", /UTF-16/],
      [Buffer.from('[{"mapping":{}}]', "utf16le"), "UNSUPPORTED_ENCODING", /UTF-16/],
      ["<html><head><script>var jsonData = [];</script>", "UNSUPPORTED_EXPORT", /chat\.html/],
      [
        '{"data_files":[{"category":"conversations","export_url":"https://secret"}]}',
        "UNSUPPORTED_EXPORT",
        /list of the files/,
      ],
      [JSON.stringify([chatGpt("a")]).slice(0, 150), "JSON_TRUNCATED", /ends inside/],
      [JSON.stringify([chatGpt("a")]).replace("[", "[\0"), "JSON_UNREADABLE", /not valid JSON/],
      [
        zip({ "a/conversations.json": [chatGpt("a")], "b/conversations.json": [claude("b")] }),
        "UNSUPPORTED_EXPORT",
        /ChatGPT and of Claude/,
      ],
    ];
    for (const [content, code, message] of cases) {
      const error = await refusal(content);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.doesNotMatch(`${error.message}${error.hint}`, /secret/);
    }
    assert.equal((await refusal(JSON.stringify([claude("a")]), "chatgpt")).code, "SOURCE_MISMATCH");
    assert.deepEqual(await read(await open("[]", "chatgpt")), []);
  });

  test("reads what is whole of a file cut off or damaged, and says where it is not", async () => {
    const text = JSON.stringify([chatGpt("a"), chatGpt("b"), chatGpt("c")]);
    const torn = await read(await open(text.slice(0, -40)));
    assert.deepEqual([idsOf(torn), codesOf(torn)], [["a", "b"], ["JSON_TRUNCATED"]]);
    const last = torn.at(-1);
    assert.equal(last?.kind === "broken" ? last.problem.where?.offset : 0, text.indexOf('{"title":"c"'));
    const damaged = await read(await open(text.replace('"title":"b",', '"title":"b,')));
    assert.deepEqual([idsOf(damaged), codesOf(damaged)], [["a", "c"], ["RECORD_UNREADABLE"]]);
    const foreign = await read(await open(`[${JSON.stringify(chatGpt("a"))},5,{"x":1},null,[]]`));
    assert.deepEqual(
      codesOf(foreign),
      Array.from({ length: 4 }, () => "RECORD_UNRECOGNISED"),
    );
    const tail = await read(await open(`${text}\0\0\0`));
    assert.deepEqual([idsOf(tail).length, codesOf(tail)], [3, ["JSON_TRAILING_BYTES"]]);
  });

  test("loses only the record that is nested too deep", async () => {
    const deep = JSON.stringify(chatGpt("deep")).replace(
      '"hello"',
      `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    );
    const records = await read(
      await open(`[${JSON.stringify(chatGpt("a"))},${deep},${JSON.stringify(chatGpt("b"))}]`),
    );
    assert.deepEqual([idsOf(records), codesOf(records)], [["a", "b"], ["RECORD_TOO_DEEP"]]);
    assert.throws(() => exportReader.convert("chatgpt", Buffer.from(deep)), { code: "RECORD_TOO_DEEP" });
  });

  test("takes a message of fifty megabytes, packed or not", async () => {
    const text = JSON.stringify([chatGpt("big", "äbc ".repeat(10_500_000)), chatGpt("b")]);
    for (const content of [Buffer.from(text), zip({ "conversations.json": text })]) {
      const opened = await open(content);
      const lengths: number[] = [];
      for await (const record of opened.records()) {
        if (record.kind === "conversation") lengths.push(record.conversation.nodes[1]?.content.length ?? 0);
      }
      assert.deepEqual(lengths, [42_000_000, 5]);
    }
  });

  test("shows bytes that are not UTF-8 as replacements and says so", async () => {
    const records = await read(
      await open(Buffer.from(JSON.stringify([chatGpt("a", "caf\u00e9")]), "latin1")),
    );
    const [record] = records;
    assert.ok(record?.kind === "conversation");
    assert.equal(record.conversation.nodes[1]?.content, "caf\ufffd");
    assert.deepEqual(
      record.conversation.problems.map(({ code }) => code),
      ["TEXT_NOT_UTF8"],
    );
  });
});

describe("the shared fixtures", { skip: withoutFixtures }, () => {
  const readableSources = new Set(["chatgpt", "claude"]);
  for (const folder of withoutFixtures === false ? readdirSync(fixtures) : []) {
    if (folder.endsWith(".md")) continue;
    for (const file of readdirSync(`${fixtures}${folder}`)) {
      test(`${folder}/${file} is ${readableSources.has(folder) ? "read" : "refused by name"}`, async () => {
        const content = readFileSync(`${fixtures}${folder}/${file}`);
        if (!readableSources.has(folder)) {
          const error = await refusal(content);
          assert.equal(error.code, "UNSUPPORTED_EXPORT");
          assert.match(error.message, /^This is an? .+ export; Chatty cannot read those yet\.$/);
          return;
        }
        const opened = await open(content);
        assert.equal(opened.source, folder);
        const records = await read(opened);
        assert.deepEqual(codesOf(records), []);
        for (const record of records) {
          assert.ok(record.kind === "conversation");
          const { seen, stored, flagged, skipped } = record.conversation.count;
          assert.equal(seen, stored + flagged + skipped);
          assert.ok(seen > 0);
          const parsed: unknown = JSON.parse(Buffer.from(record.raw).toString());
          const written = parsed as { mapping?: object; chat_messages?: []; messages?: [] };
          assert.equal(
            seen,
            written.mapping === undefined
              ? (written.chat_messages ?? written.messages)?.length
              : Object.keys(written.mapping).length,
          );
        }
      });
    }
  }
});
