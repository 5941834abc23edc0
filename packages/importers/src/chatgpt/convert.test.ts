import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, SourceConversation, SourceNode } from "@chatty/model";
import { exportReader } from "../export-reader.ts";

function convert(conversation: JsonObject | string): SourceConversation {
  const text = typeof conversation === "string" ? conversation : JSON.stringify(conversation);
  return exportReader.convert("chatgpt", Buffer.from(text));
}

function message(id: string, fields: JsonObject = {}): JsonObject {
  return {
    id,
    author: { role: "user", name: null, metadata: {} },
    create_time: 1_700_000_000.5,
    content: { content_type: "text", parts: [id] },
    ...fields,
  };
}

function convertMessage(fields: JsonObject): SourceNode {
  const { nodes } = convert({
    conversation_id: "c",
    mapping: { n: { id: "n", parent: null, message: message("m", fields) } },
  });
  return nodes[0] as SourceNode;
}

describe("a ChatGPT conversation", () => {
  test("keeps every branch in tree order and accounts for every node", () => {
    const conversation = convert({
      conversation_id: "c",
      title: "T",
      current_node: "a2",
      mapping: {
        a1: { id: "a1", parent: "u", children: [], message: message("a1") },
        a2: { id: "a2", parent: "u", children: [], message: message("a2") },
        u: { id: "u", parent: "root", children: ["a2", "a1"], message: message("u") },
        root: { id: "root", parent: null, children: ["u"], message: null },
        junk: "no object",
      },
    });
    assert.deepEqual(
      conversation.nodes.map(({ sourceId }) => sourceId),
      ["root", "u", "a2", "a1"],
    );
    assert.deepEqual(conversation.count, { seen: 5, stored: 3, flagged: 1, skipped: 1 });
    assert.deepEqual(
      conversation.problems.map(({ code, where }) => [code, where?.node]),
      [["NODE_UNREADABLE", "junk"]],
    );
    assert.equal(conversation.activeLeafSourceId, "a2");
    assert.equal(conversation.activeLeafInferred, false);
    assert.deepEqual(conversation.nodes[0]?.flags, ["structural"]);
  });

  test("reads the lean nodes of 2026, which lack children, status and weight", () => {
    const conversation = convert({
      conversation_id: "c",
      mapping: {
        b: { id: "b", parent: "a", message: message("b") },
        a: { id: "a", parent: null, message: message("a") },
      },
    });
    assert.deepEqual(
      conversation.nodes.map(({ sourceId, parentSourceId }) => [sourceId, parentSourceId]),
      [
        ["a", null],
        ["b", "a"],
      ],
    );
    assert.equal(conversation.activeLeafSourceId, "b");
    assert.equal(conversation.activeLeafInferred, true);
    assert.equal("title" in conversation, false);
  });

  test("makes roots of nodes with a missing parent and chooses a leaf when current_node is gone", () => {
    const conversation = convert({
      conversation_id: "c",
      current_node: "gone",
      mapping: { a: { id: "a", parent: "lost", message: message("a") } },
    });
    const [node] = conversation.nodes;
    assert.deepEqual(
      [node?.parentSourceId, node?.writtenParentSourceId, node?.flags],
      [null, "lost", ["dangling-parent"]],
    );
    assert.equal(conversation.activeLeafSourceId, "a");
    assert.equal(conversation.metadata["current_node"], "gone");
    assert.deepEqual(conversation.count, { seen: 1, stored: 0, flagged: 1, skipped: 0 });
  });

  test("finds parents by the id inside a node where it differs from the key", () => {
    const conversation = convert({
      conversation_id: "c",
      mapping: {
        key: { id: "inner", parent: null, message: message("a") },
        b: { id: "b", parent: "inner", message: message("b") },
      },
    });
    assert.equal(conversation.nodes[1]?.parentSourceId, "key");
    assert.deepEqual(conversation.nodes[0]?.metadata["$node"], { id: "inner" });
  });

  test("keeps the written order of keys that look like numbers", () => {
    const conversation = convert(
      '{"mapping":{"z":{"parent":null},"10":{"parent":"z"},"2":{"parent":"z"},"a\\u0062":{"parent":"z"},"1":{"parent":"z"},"__proto__":{"parent":"z"}},"id":"c"}',
    );
    assert.deepEqual(
      conversation.nodes.map(({ sourceId }) => sourceId),
      ["z", "10", "2", "ab", "1", "__proto__"],
    );
  });

  test("knows projects, custom GPTs, stars, archives and models", () => {
    const base = { conversation_id: "c", mapping: {} };
    assert.deepEqual(convert({ ...base, conversation_template_id: "g-p-1" }).project, { sourceId: "g-p-1" });
    assert.deepEqual(convert({ ...base, gizmo_id: "g-2" }).customGpt, { sourceId: "g-2" });
    const both = convert({
      ...base,
      gizmo_id: "g-2",
      conversation_template_id: "g-p-1",
      is_starred: true,
      is_archived: false,
      default_model_slug: "gpt-4o",
    });
    assert.deepEqual(
      [both.project, both.customGpt, both.starred, both.archived, both.model],
      [{ sourceId: "g-p-1" }, { sourceId: "g-2" }, true, false, "gpt-4o"],
    );
  });

  test("gets an id from its bytes when it has none, the same every time", () => {
    const first = convert({ title: 5, mapping: {} });
    assert.match(first.sourceId, /^sha256:[0-9a-f]{64}$/);
    assert.equal(convert({ title: 5, mapping: {} }).sourceId, first.sourceId);
    assert.deepEqual(
      first.problems.map(({ code }) => code),
      ["CONVERSATION_ID_MISSING", "TITLE_UNREADABLE"],
    );
    assert.equal(first.metadata["title"], 5);
    assert.equal(convert({ id: "only", mapping: {} }).sourceId, "only");
  });

  test("keeps ids that no double can hold", () => {
    const conversation = convert(
      '{"id":9007199254740993,"mapping":{"n":{"parent":null,"message":{"id":12345678901234567890,"author":{"role":"user"}}}}}',
    );
    assert.equal(conversation.sourceId, "9007199254740993");
    assert.equal(conversation.nodes[0]?.sourceMessageId, "12345678901234567890");
  });

  test("treats __proto__ and constructor as keys like any other", () => {
    const conversation = convert(
      '{"conversation_id":"c","__proto__":{"polluted":1},"mapping":{"__proto__":{"id":"__proto__","parent":"constructor","message":{"id":"m","__proto__":{"polluted":1},"author":{"role":"user","__proto__":{"polluted":1}},"content":{"content_type":"text","parts":["x"],"__proto__":{"polluted":1}},"metadata":{"__proto__":{"polluted":1}}}},"toString":{"parent":null,"message":null}}}',
    );
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
    const node = conversation.nodes.find(({ sourceId }) => sourceId === "__proto__");
    assert.deepEqual(node?.flags, ["dangling-parent"]);
    assert.equal(Object.getPrototypeOf(node?.metadata), Object.prototype);
    assert.equal(Object.getPrototypeOf(conversation.metadata), Object.prototype);
    assert.ok(Object.hasOwn(conversation.metadata, "__proto__"));
    assert.ok(JSON.stringify(node?.metadata).includes("polluted"));
    assert.equal((conversation.metadata as Record<string, unknown>)["polluted"], undefined);
  });

  test("lists each file once", () => {
    const pointer = {
      content_type: "image_asset_pointer",
      asset_pointer: "file-service://file-A",
      size_bytes: 1,
    };
    const fields = {
      content: { content_type: "multimodal_text", parts: [pointer, "x"] },
      metadata: {
        attachments: [
          { id: "file-A", name: "cat.png", mime_type: "image/png", size: 1 },
          { id: "file-B", name: "doc.pdf", mimeType: "application/pdf", size: 2 },
        ],
      },
    };
    const conversation = convert({
      conversation_id: "c",
      mapping: {
        a: { parent: null, message: message("a", fields) },
        b: { parent: "a", message: message("b", fields) },
      },
    });
    assert.deepEqual(conversation.attachments, [
      { fileId: "file-A", pointer: "file-service://file-A", name: "cat.png", mime: "image/png", size: 1 },
      { fileId: "file-B", name: "doc.pdf", mime: "application/pdf", size: 2 },
    ]);
    assert.deepEqual(
      conversation.nodes[0]?.parts.map(({ kind }) => kind),
      ["image", "text", "file"],
    );
  });
});

describe("a ChatGPT message", () => {
  test("has its author, model, time and everything else", () => {
    const node = convertMessage({
      author: { role: "tool", name: "browser", metadata: { real_author: "x" } },
      update_time: 3,
      status: "finished_successfully",
      weight: 0,
      metadata: { model_slug: "auto", resolved_model_slug: "gpt-5", request_id: "r" },
    });
    assert.deepEqual(
      [node.role, node.author, node.model, node.sourceMessageId],
      ["tool", "browser", "gpt-5", "m"],
    );
    assert.deepEqual(
      [node.time?.ms, node.time?.token, node.timestampSource],
      [1_700_000_000_500, 1_700_000_000.5, "message"],
    );
    assert.deepEqual(node.metadata, {
      update_time: 3,
      status: "finished_successfully",
      weight: 0,
      metadata: { model_slug: "auto", resolved_model_slug: "gpt-5", request_id: "r" },
      author: { metadata: { real_author: "x" } },
      content: { content_type: "text" },
    });
  });

  test("without a time has none, and a time that cannot be read stays in the metadata", () => {
    const timeless = convertMessage({ create_time: null });
    assert.deepEqual(
      [timeless.time, timeless.timestampSource, "create_time" in timeless.metadata],
      [undefined, "none", false],
    );
    assert.equal(convertMessage({ create_time: "long ago" }).metadata["create_time"], "long ago");
    assert.equal(convertMessage({ create_time: "2024-01-02T03:04:05.678Z" }).time?.ms, 1_704_164_645_678);
  });

  test("of an unknown role is a system message under its own word", () => {
    const node = convertMessage({ author: { role: "critic", name: "judge" } });
    assert.deepEqual(
      [node.role, node.author, node.metadata["author"]],
      ["system", "critic", { name: "judge" }],
    );
  });

  test("to a tool keeps its words and calls the tool", () => {
    const node = convertMessage({
      author: { role: "assistant" },
      recipient: "python",
      content: { content_type: "code", language: "python", text: "1" },
    });
    assert.deepEqual(node.parts, [
      { kind: "code", language: "python", text: "1" },
      { kind: "tool_call", name: "python", input: "1" },
    ]);
    assert.equal(node.content, "1");
    assert.equal(convertMessage({ recipient: "all" }).parts.length, 1);
  });

  test("that is hidden or opaque is flagged", () => {
    assert.deepEqual(convertMessage({ metadata: { is_visually_hidden_from_conversation: true } }).flags, [
      "hidden",
    ]);
    assert.deepEqual(convertMessage({ content: { content_type: "new" } }).flags, ["opaque-only"]);
    assert.deepEqual(convertMessage({ content: null }).flags, []);
  });

  test("that is no object is a node without a message, which keeps it", () => {
    const { nodes } = convert({ conversation_id: "c", mapping: { n: { parent: null, message: "odd" } } });
    assert.deepEqual([nodes[0]?.flags, nodes[0]?.metadata], [["structural"], { message: "odd" }]);
  });

  test("has its citations without their text, of the old and the new kind", () => {
    const node = convertMessage({
      metadata: {
        citations: [
          { start_ix: 1, end_ix: 5, metadata: { title: "Old", url: "https://old.org", text: "long" } },
        ],
        content_references: [
          {
            type: "grouped_webpages",
            start_idx: 2,
            end_idx: 4,
            items: [{ title: "A", url: "https://a.org", supporting_websites: [{ url: "https://s.org" }] }],
          },
          { type: "webpage", url: "https://w.org", title: "W" },
          { type: "hidden", matched_text: "x" },
        ],
      },
    });
    assert.deepEqual(node.parts.slice(1), [
      { kind: "citation", url: "https://old.org", title: "Old", from: 1, to: 5 },
      { kind: "citation", url: "https://a.org", title: "A", from: 2, to: 4 },
      { kind: "citation", url: "https://s.org", from: 2, to: 4 },
      { kind: "citation", url: "https://w.org", title: "W" },
    ]);
    assert.equal(node.content, "m");
  });
});
