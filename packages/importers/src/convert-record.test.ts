import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { contentFromParts, isChattyError } from "@chatty/model";
import type { JsonObject, JsonValue, SourceName } from "@chatty/model";
import fc from "fast-check";
import { convertRecord } from "./convert-record.ts";

const chatGpt: JsonObject = {
  conversation_id: "c",
  title: "T",
  create_time: 1,
  current_node: "b",
  mapping: {
    r: { id: "r", parent: null, children: ["a"], message: null },
    a: {
      id: "a",
      parent: "r",
      children: ["b"],
      message: {
        id: "m",
        author: { role: "user", name: null, metadata: {} },
        create_time: 1,
        recipient: "all",
        content: {
          content_type: "multimodal_text",
          parts: [
            "x",
            { content_type: "image_asset_pointer", asset_pointer: "sediment://file_1", size_bytes: 1 },
          ],
        },
        metadata: {
          attachments: [{ id: "file_1", name: "n", size: 1, mime_type: "image/png" }],
          citations: [{ start_ix: 1, metadata: { url: "u" } }],
          content_references: [{ items: [{ url: "v", supporting_websites: [{ url: "w" }] }], sources: [] }],
        },
      },
    },
    b: {
      id: "b",
      parent: "a",
      children: [],
      message: {
        author: { role: "assistant" },
        content: { content_type: "thoughts", thoughts: [{ summary: "s", content: "c" }] },
        metadata: {},
      },
    },
  },
};

const claude: JsonObject = {
  uuid: "c",
  name: "N",
  account: { uuid: "a" },
  chat_messages: [
    {
      uuid: "1",
      sender: "human",
      text: "t",
      parent_message_uuid: null,
      attachments: [{ file_name: "f", file_size: 1, file_type: "t/x", extracted_content: "e" }],
      files: [{ file_uuid: "u", file_name: "n" }],
    },
    {
      uuid: "2",
      sender: "assistant",
      parent_message_uuid: "1",
      content: [
        { type: "thinking", thinking: "h", summaries: [{ summary: "s" }] },
        { type: "tool_use", id: null, name: "n", input: {} },
        {
          type: "tool_result",
          tool_use_id: null,
          name: "n",
          content: [{ type: "text", text: "x" }],
          is_error: false,
        },
        { type: "text", text: "t", citations: [{ start_index: 1, details: { url: "u" } }] },
      ],
    },
  ],
};

const design: JsonObject = {
  uuid: "d",
  project: { uuid: "p", name: "P" },
  messages: [
    {
      uuid: "1",
      role: "user",
      content: {
        role: "user",
        timestamp: "2024-01-01",
        contentBlocks: [{ type: "tool_call", toolCall: { id: "i", name: "n", input: 1, output: "o" } }],
        attachments: [{ id: "a", name: "n", type: "image" }],
      },
    },
  ],
};

/** Every place of a value, as the keys that lead there. */
function placesOf(value: JsonValue, path: readonly string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [[...path]];
  return [[...path], ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))];
}

function replaced(
  value: JsonValue,
  path: readonly string[],
  by: JsonValue | undefined,
): JsonValue | undefined {
  const [key, ...rest] = path;
  if (key === undefined || typeof value !== "object" || value === null) return by;
  const entries = Object.entries(value).flatMap(([name, inner]) => {
    const next = name === key ? replaced(inner, rest, by) : inner;
    return next === undefined ? [] : [[name, next] as const];
  });
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

const odd = fc.oneof(
  fc.jsonValue() as fc.Arbitrary<JsonValue>,
  fc.constantFrom<JsonValue | undefined>(
    undefined,
    null,
    "",
    "a",
    "1",
    "__proto__",
    0,
    -1,
    true,
    [],
    {},
    [null],
    [[]],
    ["a", "a"],
  ),
);

describe("convertRecord", () => {
  const shapes: [SourceName, string, JsonObject][] = [
    ["chatgpt", "a ChatGPT conversation", chatGpt],
    ["claude", "a Claude conversation", claude],
    ["claude", "a Claude design chat", design],
  ];
  for (const [source, what, shape] of shapes) {
    test(`makes something of ${what}, whatever stands in one of its places`, () => {
      const places = placesOf(shape).slice(1);
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.constantFrom(...places), odd), { minLength: 1, maxLength: 3 }),
          (changes) => {
            let changed: JsonValue = shape;
            for (const [path, by] of changes) changed = replaced(changed, path, by) ?? null;
            const raw = Buffer.from(JSON.stringify(changed));
            let conversation;
            try {
              conversation = convertRecord(source, raw);
            } catch (error) {
              assert.ok(isChattyError(error, "RECORD_UNRECOGNISED"), String(error));
              return;
            }
            const { seen, stored, flagged, skipped } = conversation.count;
            assert.equal(seen, stored + flagged + skipped);
            assert.equal(seen - skipped, conversation.nodes.length);
            const known = new Set<string>();
            for (const node of conversation.nodes) {
              assert.ok(!known.has(node.sourceId));
              assert.ok(node.parentSourceId === null || known.has(node.parentSourceId));
              known.add(node.sourceId);
              assert.equal(node.content, contentFromParts(node.parts));
            }
            const leaf = conversation.activeLeafSourceId;
            assert.equal(leaf !== undefined, conversation.nodes.length > 0);
            assert.ok(leaf === undefined || known.has(leaf));
            assert.deepEqual(JSON.parse(JSON.stringify(conversation)), structuredClone(conversation));
            assert.deepEqual(convertRecord(source, raw), conversation);
          },
        ),
        { numRuns: 3000 },
      );
    });
  }

  test("refuses what is no conversation of the source, with a code", () => {
    const cases: [source: SourceName, text: string, code: string][] = [
      ["claude", JSON.stringify(chatGpt), "RECORD_UNRECOGNISED"],
      ["chatgpt", JSON.stringify(claude), "RECORD_UNRECOGNISED"],
      ["chatgpt", "[]", "RECORD_UNRECOGNISED"],
      ["chatgpt", "", "RECORD_UNREADABLE"],
      ["chatgpt", '{"mapping":{},}', "RECORD_UNREADABLE"],
      ["chatgpt", `${"[".repeat(200_000)}`, "RECORD_TOO_DEEP"],
    ];
    for (const [source, text, code] of cases) {
      assert.throws(() => convertRecord(source, Buffer.from(text)), { code });
    }
  });

  test("does not quote the conversation in its messages", () => {
    assert.throws(
      () => convertRecord("chatgpt", Buffer.from('{"mapping":{},"t":"private words" x}')),
      (error) => {
        return isChattyError(error) && !error.message.includes("private") && error.cause === undefined;
      },
    );
  });
});
