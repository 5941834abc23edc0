import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isChattyError } from "@chatty/model";
import type { ChattyError, ImportRecord, OpenedExport, SourceConversation, SourceName } from "@chatty/model";
import { exportReader } from "./export-reader.ts";
import { collect, sourceOf } from "./testing/byte-source.ts";
import { writeZip } from "./testing/zip-writer.ts";

const fixtures = fileURLToPath(new URL("../../../../shared/fixtures/", import.meta.url));
const withoutFixtures = existsSync(fixtures) ? false : "the shared fixtures are not there";

const chatGpt = (id: string, text = "hello"): object => ({
  title: id,
  create_time: 1_700_000_000,
  mapping: {
    root: { id: "root", message: null, parent: null, children: ["m"] },
    m: {
      id: "m",
      parent: "root",
      children: [],
      message: { id: "m", author: { role: "user" }, content: { content_type: "text", parts: [text] } },
    },
  },
  current_node: "m",
  conversation_id: id,
});
const claude = (uuid: string): object => ({
  uuid,
  name: uuid,
  account: { uuid: "acc-1" },
  chat_messages: [
    {
      uuid: `${uuid}-m`,
      sender: "human",
      text: "hi",
      content: [{ type: "text", text: "hi" }],
      files: [{ file_uuid: "f", file_name: "n" }],
    },
  ],
});

async function open(content: string | Uint8Array, source?: SourceName): Promise<OpenedExport> {
  return exportReader.open(sourceOf(content, "the.file"), source === undefined ? {} : { source });
}

async function openZip(files: Record<string, unknown>): Promise<OpenedExport> {
  return open(zip(files));
}

function zip(files: Record<string, unknown>): Buffer {
  return writeZip(
    Object.entries(files).map(([name, value]) => ({
      name,
      data: value instanceof Uint8Array ? value : typeof value === "string" ? value : JSON.stringify(value),
    })),
  );
}

/** Reads every record, checks that `raw` lies where `place` says and that converting it again gives the same. */
async function read(opened: OpenedExport): Promise<ImportRecord[]> {
  const members = new Map<string, Buffer>();
  const records: ImportRecord[] = [];
  let last = 0;
  for await (const record of opened.records((done) => (last = done))) {
    records.push(record);
    if (record.kind === "problem") continue;
    const { member, offset, length } = record.place;
    if (!members.has(member)) members.set(member, Buffer.concat(await collect(opened.readMember(member))));
    const stored = members.get(member)?.subarray(offset, offset + length);
    if (record.kind === "sidecar") continue;
    assert.deepEqual(Buffer.from(record.raw), stored);
    if (record.kind === "conversation")
      assertSame(record.conversation, exportReader.convert(opened.source, record.raw));
  }
  assert.equal(last, opened.totalBytes);
  return records;
}

function assertSame(fromExport: SourceConversation, fromBytes: SourceConversation): void {
  const plain = (conversation: SourceConversation): unknown => {
    const copy = structuredClone(conversation);
    for (const attachment of copy.attachments) delete attachment.member;
    for (const node of copy.nodes) for (const part of node.parts) if ("missing" in part) delete part.missing;
    return copy;
  };
  assert.deepEqual(plain(fromExport), plain(fromBytes));
}

const idsOf = (records: readonly ImportRecord[]): string[] =>
  records.flatMap((record) => (record.kind === "conversation" ? [record.conversation.sourceId] : []));
const codesOf = (records: readonly ImportRecord[]): string[] =>
  records.flatMap((record) =>
    record.kind === "broken" || record.kind === "problem" ? [record.problem.code] : [],
  );
const sidecarsOf = (records: readonly ImportRecord[]): string[] =>
  records.flatMap((record) =>
    record.kind === "sidecar" ? [`${record.sidecar}:${record.sourceId ?? record.name ?? ""}`] : [],
  );

async function refusal(content: string | Uint8Array, source?: SourceName): Promise<ChattyError> {
  try {
    await open(content, source);
  } catch (error) {
    if (isChattyError(error)) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "the file was accepted" });
}

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

describe("a ChatGPT archive", () => {
  test("gives identity, shards, files and everything beside them", async () => {
    const pointer = (id: string): object => ({ content_type: "image_asset_pointer", asset_pointer: id });
    const pointers = [
      "file-service://file-abc",
      "sediment://file_00#x",
      "sediment://file_dat",
      "file-service://file-lost",
      "file-service://file-lib",
    ];
    const conversation = {
      ...chatGpt("a"),
      mapping: {
        m: {
          parent: null,
          message: {
            id: "m",
            author: { role: "user" },
            content: { content_type: "multimodal_text", parts: pointers.map(pointer) },
          },
        },
      },
    };
    const opened = await openZip({
      "export_manifest.json": {
        version: 1,
        export_files: [],
        logical_files: {
          "conversations.json": {
            files: ["conversations-000.json", "conversations-001.json", "conversations-002.json"],
            sharded: true,
          },
        },
      },
      "conversations.json": [chatGpt("stale")],
      "conversations-000.json": [conversation],
      "conversations-001.json": [],
      "user.json": { id: "user-1", email: "a@example.org", phone_number: "+1" },
      "message_feedback.json": [
        { id: "f", conversation_id: "a", user_id: "user-1", rating: "thumbs_up", content: "{}" },
      ],
      "shared_conversations.json": [{ id: "s", conversation_id: "a", title: "Shared" }],
      "library_files.json": [{ file_id: "file-lib", file_name: "notes.txt" }],
      "chat.html": "<html>var jsonData = [",
      "file-abcd-other.png": "no",
      "file-abc-cat.png": "yes",
      "user-1/file_00-uuid.png": "x",
      "file_dat.dat": "x",
      "notes.txt": "x",
    });
    assert.deepEqual(opened.identity, { accountId: "user-1", email: "a@example.org" });
    assert.equal(opened.description, "ChatGPT export, 2 shards");
    assert.deepEqual(
      opened.problems.map(({ code, where }) => [code, where?.member]),
      [
        ["STALE_CONVERSATIONS_FILE", "conversations.json"],
        ["SHARD_MISSING", "conversations-002.json"],
      ],
    );
    const records = await read(opened);
    assert.deepEqual(idsOf(records), ["a"]);
    const [record] = records.filter((each) => each.kind === "conversation");
    assert.deepEqual(
      record?.conversation.attachments.map(({ member }) => member),
      ["file-abc-cat.png", "user-1/file_00-uuid.png", "file_dat.dat", undefined, "notes.txt"],
    );
    assert.deepEqual(
      record?.conversation.nodes[0]?.parts.map((part) => "missing" in part && part.missing),
      [false, false, false, true, false],
    );
    assert.deepEqual(sidecarsOf(records).sort(), [
      "feedback:f",
      "library:file-lib",
      "manifest:",
      "other:chat.html",
      "other:conversations.json",
      "other:notes.txt",
      "shared:s",
      "user:user-1",
    ]);
    assert.ok(!JSON.stringify(records.filter(({ kind }) => kind === "sidecar")).includes("phone"));
  });

  test("may lie in a folder, under any name, and names its owner elsewhere", async () => {
    const opened = await openZip({
      "My export/conversations.json": [chatGpt("a")],
      "My export/user-Zz9/file_1-x.png": "x",
      "__MACOSX/My export/._conversations.json": "x",
    });
    assert.deepEqual(opened.identity, { accountId: "user-Zz9" });
    assert.deepEqual(idsOf(await read(opened)), ["a"]);
    const renamed = await openZip({
      "something.txt": [chatGpt("b")],
      "message_feedback.json": [{ id: "f", user_id: "user-7" }],
    });
    assert.deepEqual([renamed.identity, idsOf(await read(renamed))], [{ accountId: "user-7" }, ["b"]]);
    const blob = await openZip({ "no-extension": [chatGpt("c")] });
    assert.deepEqual(idsOf(await read(blob)), ["c"]);
    assert.deepEqual(
      (
        await openZip({
          "conversations.json": [chatGpt("a")],
          "user.json": [{ id: "user-2", email: "b@example.org" }],
        })
      ).identity.accountId,
      "user-2",
    );
  });

  test("reads members by their raw names only", async () => {
    const opened = await openZip({ "x\\conversations.json": [chatGpt("a")] });
    assert.ok((await collect(opened.readMember("x\\conversations.json"))).length > 0);
    assert.throws(() => opened.readMember("x/conversations.json"), { code: "MEMBER_NOT_FOUND" });
  });

  test("fails as a whole when a member's checksum is wrong", async () => {
    const archive = writeZip([
      {
        name: "conversations.json",
        data: JSON.stringify([chatGpt("a")]),
        central: { crc: 1 },
        local: { crc: 1 },
      },
    ]);
    await assert.rejects(async () => read(await open(archive)), { code: "ARCHIVE_CORRUPT" });
  });
});

describe("a Claude archive", () => {
  const users = [
    { uuid: "acc-2", full_name: "B", email_address: "b@example.org" },
    { uuid: "acc-1", full_name: "A", email_address: "a@example.org", verified_phone_number: "+1" },
  ];
  const project = { uuid: "p", name: "P", prompt_template: "be kind", docs: [], creator: {} };
  const memory = { account_uuid: "acc-1", conversations_memory: "likes tea" };

  test("gives identity, batches, projects, memories and design chats", async () => {
    const design = {
      uuid: "d",
      title: "Chat",
      project: { uuid: "p", name: "P" },
      messages: [{ uuid: "m", role: "user", content: { role: "user", content: "x" } }],
    };
    const opened = await openZip({
      "data-0000/conversations.json": [claude("a")],
      "data-0001/conversations.json": [claude("b")],
      "users.json": users,
      "projects.json": [project],
      "memories.json": [memory],
      "design_chats/d.json": design,
      "login_history.json": [{ ip: "10.0.0.1" }],
      "artifacts/x/page.md": "text",
    });
    assert.deepEqual(opened.identity, { accountId: "acc-1", email: "a@example.org", name: "A" });
    const records = await read(opened);
    assert.deepEqual(idsOf(records), ["a", "b", "d"]);
    assert.deepEqual(sidecarsOf(records), [
      "user:acc-2",
      "user:acc-1",
      "project:p",
      "memory:acc-1",
      "other:login_history.json",
      "artifact:artifacts/x/page.md",
    ]);
    assert.doesNotMatch(JSON.stringify(records.filter(({ kind }) => kind === "sidecar")), /phone|10\.0\.0/);
  });

  test("may be split by category into archives inside an archive, stored or packed", async () => {
    for (const method of [0, 8] as const) {
      const parts: Record<string, Buffer> = {
        "conversations-000.zip": zip({ "conversations.json": [claude("a")] }),
        "conversations-001.zip": zip({ "conversations.json": [claude("b")] }),
        "projects-000.zip": zip({ "projects/p.json": project }),
        "broken-000.zip": zip({ "x.json": "{}" }).subarray(0, 40),
      };
      const manifest = {
        data_files: [
          { category: "conversations", export_url: "https://secret", filename: "conversations-000.zip" },
        ],
        version: 1,
      };
      const opened = await open(
        writeZip([
          ...Object.entries(parts).map(([name, data]) => ({ name, data, method })),
          { name: "manifest.json", data: JSON.stringify(manifest) },
        ]),
      );
      assert.deepEqual(
        opened.problems.map(({ code, where }) => [code, where?.member]),
        [["ARCHIVE_TRUNCATED", "broken-000.zip"]],
      );
      const records = await read(opened);
      assert.deepEqual(idsOf(records), ["a", "b"]);
      assert.ok(!JSON.stringify(records).includes("secret"));
      assert.deepEqual(
        records.flatMap((record) => (record.kind === "conversation" ? [record.place.member] : [])),
        ["conversations-000.zip!/conversations.json", "conversations-001.zip!/conversations.json"],
      );
    }
  });

  test("may hold one category only", async () => {
    const opened = await openZip({ "projects/p.json": project });
    assert.deepEqual([opened.source, sidecarsOf(await read(opened))], ["claude", ["project:p"]]);
    const memories = await openZip({ "memories/acc-1.json": memory });
    assert.deepEqual(
      [memories.identity, sidecarsOf(await read(memories))],
      [{ accountId: "acc-1" }, ["memory:acc-1"]],
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
