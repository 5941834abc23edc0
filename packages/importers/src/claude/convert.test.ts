import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, JsonValue, SourceConversation, SourceNode } from "@chatty/model";
import { exportReader } from "../export-reader.ts";

function convert(conversation: JsonObject): SourceConversation {
  return exportReader.convert("claude", Buffer.from(JSON.stringify(conversation)));
}

function message(uuid: string, fields: JsonObject = {}): JsonObject {
  return { uuid, sender: "human", text: uuid, created_at: "2024-05-06T07:08:09.123456Z", ...fields };
}

function convertMessage(fields: JsonObject): SourceNode {
  return convert({ uuid: "c", chat_messages: [message("m", fields)] }).nodes[0] as SourceNode;
}

function partsOf(...blocks: JsonValue[]): unknown[] {
  return convertMessage({ content: blocks }).parts;
}

describe("a Claude conversation", () => {
  test("without parents is a chain in the order of its messages", () => {
    const conversation = convert({
      uuid: "c",
      name: "Name",
      account: { uuid: "acc" },
      created_at: "2024-05-06T07:08:09.123Z",
      chat_messages: [message("a"), message("b", { sender: "assistant" }), message("x")],
    });
    assert.deepEqual(
      conversation.nodes.map(({ sourceId, parentSourceId, role }) => [sourceId, parentSourceId, role]),
      [
        ["a", null, "user"],
        ["b", "a", "assistant"],
        ["x", "b", "user"],
      ],
    );
    assert.deepEqual(
      [conversation.title, conversation.accountId, conversation.createdAt?.ms],
      ["Name", "acc", 1_714_979_289_123],
    );
    assert.deepEqual([conversation.activeLeafSourceId, conversation.activeLeafInferred], ["x", true]);
    assert.deepEqual(conversation.count, { seen: 3, stored: 3, flagged: 0, skipped: 0 });
  });

  test("with parents is a tree with several roots, missing parents and circles mended", () => {
    const root = "00000000-0000-4000-8000-000000000000";
    const conversation = convert({
      uuid: "c",
      current_leaf_message_uuid: "b",
      chat_messages: [
        message("a", { parent_message_uuid: root }),
        message("b", { parent_message_uuid: "a" }),
        message("b2", { parent_message_uuid: "a" }),
        message("r", { parent_message_uuid: null }),
        message("d", { parent_message_uuid: "gone" }),
        message("s", { parent_message_uuid: "s" }),
      ],
    });
    assert.deepEqual(
      conversation.nodes.map(({ sourceId, parentSourceId, flags }) => [
        sourceId,
        parentSourceId,
        flags.join(),
      ]),
      [
        ["a", null, ""],
        ["b", "a", ""],
        ["b2", "a", ""],
        ["r", null, ""],
        ["d", null, "dangling-parent"],
        ["s", null, "repaired-parent"],
      ],
    );
    assert.deepEqual([conversation.activeLeafSourceId, conversation.activeLeafInferred], ["b", false]);
  });

  test("gives messages without an id, or with another's, one of their own", () => {
    const conversation = convert({
      uuid: "c",
      chat_messages: [message("a"), message("a"), { sender: "human", text: "t" }, 5],
    });
    assert.deepEqual(
      conversation.nodes.map(({ sourceId }) => sourceId),
      ["a", "a#1", "position-2"],
    );
    assert.deepEqual(
      conversation.problems.map(({ code }) => code),
      ["NODE_ID_DUPLICATE", "NODE_ID_MISSING", "NODE_UNREADABLE"],
    );
    assert.deepEqual(conversation.count, { seen: 4, stored: 3, flagged: 0, skipped: 1 });
    assert.equal(conversation.nodes[1]?.sourceMessageId, "a");
  });

  test("knows its project, model and star", () => {
    const conversation = convert({
      uuid: "c",
      title: "T",
      project: { uuid: "p", name: "P" },
      model: "claude-x",
      is_starred: true,
      chat_messages: [],
    });
    assert.deepEqual(
      [conversation.title, conversation.project, conversation.model, conversation.starred],
      ["T", { sourceId: "p", name: "P" }, "claude-x", true],
    );
    assert.deepEqual(convert({ uuid: "c", project_uuid: "q", chat_messages: [] }).project, { sourceId: "q" });
    assert.equal("title" in convert({ uuid: "c", name: null, chat_messages: [] }), false);
  });
});

describe("a Claude message", () => {
  test("is its blocks; its flat text counts only where there are none", () => {
    const placeholder = "This block is not supported on your current device yet.";
    const both = convertMessage({ text: placeholder, content: [{ type: "text", text: "real" }] });
    assert.deepEqual([both.content, both.metadata["text"]], ["real", placeholder]);
    assert.equal(convertMessage({ text: "flat", content: [] }).content, "flat");
    assert.equal(convertMessage({ text: "flat" }).content, "flat");
    assert.deepEqual(convertMessage({ text: "" }).parts, []);
  });

  test("has thoughts with their summaries and text with its citations", () => {
    assert.deepEqual(
      partsOf(
        { type: "thinking", thinking: "hm", summaries: [{ summary: "s1" }, { summary: "s2" }] },
        {
          type: "text",
          text: "see",
          citations: [
            {
              uuid: "u",
              start_index: 0,
              end_index: 3,
              details: { type: "web_search_citation", url: "https://e.org" },
            },
          ],
        },
      ),
      [
        { kind: "thinking", text: "hm", summary: "s1\ns2" },
        { kind: "text", text: "see" },
        { kind: "citation", url: "https://e.org", from: 0, to: 3 },
      ],
    );
  });

  test("has calls and results, and pairs those without ids by order", () => {
    const items = [
      { type: "text", text: "r1" },
      { type: "text", text: "r2" },
    ];
    assert.deepEqual(
      partsOf(
        { type: "tool_use", id: null, name: "a", input: { q: 1 } },
        { type: "tool_use", id: null, name: "b", input: {} },
        { type: "tool_result", tool_use_id: null, name: "b", content: items, is_error: false },
        { type: "tool_result", tool_use_id: null, name: "a", content: "plain", is_error: true },
        { type: "tool_use", id: "t", name: "c", input: null },
        {
          type: "tool_result",
          tool_use_id: "t",
          name: "c",
          content: [...items, { type: "image", file_uuid: "f" }],
        },
        { type: "tool_result", tool_use_id: null, name: "late", content: [] },
      ),
      [
        { kind: "tool_call", name: "a", callId: "m:0", input: { q: 1 } },
        { kind: "tool_call", name: "b", callId: "m:1", input: {} },
        { kind: "tool_result", callId: "m:1", name: "b", text: "r1\nr2", isError: false },
        { kind: "tool_result", callId: "m:0", name: "a", text: "plain", isError: true },
        { kind: "tool_call", name: "c", callId: "t", input: null },
        {
          kind: "tool_result",
          callId: "t",
          name: "c",
          text: "r1\nr2",
          output: [...items, { type: "image", file_uuid: "f" }],
        },
        { kind: "tool_result", name: "late" },
      ],
    );
  });

  test("keeps blocks it does not know whole, and is flagged when there is nothing else", () => {
    const budget = { type: "token_budget", remaining: null };
    assert.deepEqual(partsOf(budget, { type: "text", text: "t" }), [
      { kind: "opaque", type: "token_budget", raw: budget },
      { kind: "text", text: "t" },
    ]);
    assert.deepEqual(convertMessage({ content: [budget] }).flags, ["opaque-only"]);
    assert.deepEqual(convertMessage({ content: [budget, { type: "text", text: "" }] }).flags, []);
  });

  test("has pasted texts as files with their text, and uploads without bytes", () => {
    const node = convertMessage({
      attachments: [{ file_name: "", file_size: 4, file_type: "txt", extracted_content: "pasted" }],
      files: [{ file_name: "cat.png", file_uuid: "f" }],
    });
    assert.deepEqual(node.parts.slice(1), [
      { kind: "file", size: 4, extractedText: "pasted" },
      { kind: "file", fileId: "f", name: "cat.png", missing: true },
    ]);
    assert.equal(node.content, "m");
    assert.deepEqual(node.metadata["attachments"], [{ file_type: "txt" }]);
  });

  test("does not miss the bytes of a file whose text it has, and does where it has none", () => {
    const conversation = convert({
      uuid: "c",
      chat_messages: [
        {
          uuid: "m",
          sender: "human",
          attachments: [
            { id: "with-text", file_name: "a.pdf", extracted_content: "The text." },
            { id: "without", file_name: "b.pdf", extracted_content: "" },
          ],
          files: [{ file_uuid: "upload", file_name: "c.png" }],
        },
      ],
    });
    assert.deepEqual(
      conversation.attachments.map(({ fileId }) => fileId),
      ["without", "upload"],
    );
    const [part] = conversation.nodes[0]?.parts ?? [];
    assert.equal(part?.kind === "file" && part.missing, undefined);
  });

  test("by anybody else is a system message under that name", () => {
    const node = convertMessage({ sender: "critic" });
    assert.deepEqual([node.role, node.author], ["system", "critic"]);
  });
});

describe("a Claude design chat", () => {
  test("is a chain of messages whose content is an object", () => {
    const conversation = convert({
      uuid: "d",
      title: "Chat",
      project: { uuid: "p", name: "P" },
      messages: [
        {
          uuid: "m1",
          role: "user",
          content: {
            role: "user",
            content: "make it",
            authorAccountUuid: "acc",
            timestamp: "2026-08-01T10:00:01.000Z",
          },
        },
        {
          uuid: "m2",
          role: "assistant",
          created_at: "2026-08-01T10:00:02.500Z",
          content: {
            id: "inner",
            role: "assistant",
            kind: "chat",
            content: "done",
            contentBlocks: [
              { type: "thinking", text: "how" },
              { type: "text", text: "done" },
              { type: "tool_call", toolCall: { id: "t", name: "write", input: { a: 1 }, output: "ok" } },
              { type: "error", message: "failed" },
              { type: "user_interjection", message: { content: "wait" } },
            ],
            attachments: [{ id: "f", name: "n", type: "image" }],
          },
        },
      ],
    });
    assert.deepEqual(
      [conversation.title, conversation.accountId, conversation.project?.sourceId],
      ["Chat", "acc", "p"],
    );
    assert.deepEqual(
      conversation.nodes.map(({ parentSourceId, content, time }) => [parentSourceId, content, time?.ms]),
      [
        [null, "make it", 1_785_578_401_000],
        ["m1", "how\ndone\nok\nfailed", 1_785_578_402_500],
      ],
    );
    assert.equal(conversation.nodes[1]?.sourceMessageId, "inner");
    assert.deepEqual(
      conversation.nodes[1]?.parts.map(({ kind }) => kind),
      ["thinking", "text", "tool_call", "tool_result", "error", "opaque", "image"],
    );
  });
});
