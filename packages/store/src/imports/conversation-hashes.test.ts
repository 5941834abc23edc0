import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SourceConversation, SourceNode } from "@chatty/model";
import { compareVersions, contentHash, metadataHash } from "./conversation-hashes.ts";
import type { ConversationChange } from "./conversation-hashes.ts";
import { mergeVersions, messageCount } from "./merge-versions.ts";

function node(
  sourceId: string,
  parentSourceId: string | null,
  changed: Partial<SourceNode> = {},
): SourceNode {
  const text = changed.content ?? `text of ${sourceId}`;
  return {
    sourceId,
    parentSourceId,
    structural: false,
    role: "user",
    hidden: false,
    content: text,
    parts: [{ kind: "text", text }],
    timestampSource: "none",
    flags: [],
    metadata: {},
    ...changed,
  };
}

function conversation(nodes: SourceNode[], changed: Partial<SourceConversation> = {}): SourceConversation {
  const count = { seen: nodes.length, stored: nodes.length, flagged: 0, skipped: 0 };
  const base = {
    sourceId: "c",
    title: "Tea",
    nodes,
    activeLeafInferred: false,
    attachments: [],
    metadata: {},
    count,
  };
  return { ...base, problems: [], ...changed };
}

const [a, b, c] = [node("a", null), node("b", "a"), node("c", "b")];
const before = conversation([a, b]);
const time = (ms: number, token: number | string): Partial<SourceNode> => ({
  time: { ms, precision: "instant", token },
  timestampSource: "message",
});

/** What is later, what it is, and whether the content hash stays the same. */
const table: [name: string, later: SourceConversation, change: ConversationChange, sameContent: boolean][] = [
  ["the same", conversation([a, b]), "unchanged", true],
  [
    "a pointer",
    conversation([a, b], { metadata: { current_node: "a" }, activeLeafSourceId: "a" }),
    "unchanged",
    true,
  ],
  ["metadata alone", conversation([a, b], { metadata: { memory: "x" }, starred: true }), "unchanged", true],
  ["a node more", conversation([a, b, c]), "grown", false],
  ["a branch more", conversation([a, node("d", "a"), b]), "grown", false],
  ["a node less", conversation([a]), "unchanged", false],
  ["another order", conversation([b, a]), "unchanged", false],
  ["another title", conversation([a, b], { title: "Coffee" }), "edited", true],
  ["another text", conversation([a, node("b", "a", { content: "other" })]), "edited", false],
  ["another role", conversation([a, node("b", "a", { role: "assistant" })]), "edited", false],
  ["another parent", conversation([a, node("b", null)]), "edited", false],
  ["another time", conversation([a, node("b", "a", time(5, 5))]), "edited", false],
  ["an edit and a node more", conversation([a, node("b", "a", { content: "other" }), c]), "edited", false],
];

describe("compareVersions", () => {
  for (const [name, later, change, sameContent] of table) {
    test(`finds a conversation with ${name} ${change}`, () => {
      assert.equal(compareVersions(before, later), change);
      assert.equal(contentHash(before) === contentHash(later), sameContent);
    });
  }

  test("takes a time written in another unit for the same time", () => {
    const [one, other] = [
      conversation([node("a", null, time(5000, 5))]),
      conversation([node("a", null, time(5000, "5000"))]),
    ];
    assert.equal(compareVersions(one, other), "unchanged");
    assert.equal(contentHash(one), contentHash(other));
  });
});

describe("metadataHash", () => {
  test("passes over pointers and sees the rest", () => {
    const hash = metadataHash(before);
    const pointed = conversation([a, b], {
      metadata: { current_node: "b", update_time: 7 },
      activeLeafSourceId: "b",
    });
    assert.equal(metadataHash(pointed), hash);
    assert.notEqual(metadataHash(conversation([a, b], { title: "Coffee" })), hash);
    assert.notEqual(metadataHash(conversation([a, b], { metadata: { memory: "x" } })), hash);
    assert.notEqual(metadataHash(conversation([a, b], { project: { sourceId: "p" } })), hash);
  });
});

describe("mergeVersions", () => {
  test("keeps what only earlier versions have, in its place in the tree", () => {
    const newest = conversation([a, c], { title: "New" });
    const merged = mergeVersions([newest, conversation([a, b, node("z", "a", { structural: true })])]);
    assert.equal(merged.title, "New");
    assert.deepEqual(
      merged.nodes.map(({ sourceId }) => sourceId),
      ["a", "b", "c", "z"],
    );
    assert.equal(messageCount(merged.nodes), 3);
  });

  test("takes a text from the newest version that has it", () => {
    const merged = mergeVersions([conversation([node("a", null, { content: "new" })]), before]);
    assert.equal(merged.nodes[0]?.content, "new");
    assert.equal(merged.nodes.length, 2);
  });
});
