import { createHash } from "node:crypto";
import { canonicalJson } from "@chatty/model";
import type { JsonObject, JsonValue, Part, Sha256, SourceConversation, SourceNode } from "@chatty/model";

/** What became of a conversation between two versions of it. */
export type ConversationChange = "unchanged" | "grown" | "edited";

/** Keys of a conversation that say where somebody was looking or when it was saved, and nothing about what was said. */
const pointerKeys: ReadonlySet<string> = new Set([
  "current_node",
  "current_leaf_message_uuid",
  "update_time",
  "updated_at",
]);

/** Hash of what a person reads: node ids, parents, roles, times and contents, in the source's order. */
export function contentHash(conversation: SourceConversation): Sha256 {
  const hash = createHash("sha256");
  for (const node of conversation.nodes) {
    hash.update(`${JSON.stringify(node.sourceId)} ${nodeFacts(node)}\n`, "utf8");
  }
  return hash.digest("hex") as Sha256;
}

/** Hash of the title and of what else the source says about the conversation, without pointers. */
export function metadataHash(conversation: SourceConversation): Sha256 {
  const { title, createdAt, project, customGpt, model, starred, archived } = conversation;
  const facts: JsonValue = [
    title ?? null,
    createdAt?.ms ?? null,
    named(project),
    named(customGpt),
    model ?? null,
    starred ?? null,
    archived ?? null,
    withoutPointers(conversation.metadata),
  ];
  return createHash("sha256").update(canonicalJson(facts), "utf8").digest("hex") as Sha256;
}

/**
 * Tells what happened from one version to the next: `edited` when the title or an earlier node differs, else `grown` when nodes
 * were added, else `unchanged`. Nodes that the later version lacks are kept, so they change nothing.
 */
export function compareVersions(earlier: SourceConversation, later: SourceConversation): ConversationChange {
  if ((earlier.title ?? "") !== (later.title ?? "")) return "edited";
  const known = new Map(earlier.nodes.map((node) => [node.sourceId, node]));
  let added = false;
  for (const node of later.nodes) {
    const before = known.get(node.sourceId);
    if (before === undefined) added = true;
    else if (nodeFacts(before) !== nodeFacts(node)) return "edited";
  }
  return added ? "grown" : "unchanged";
}

/** The place, role, time and content of a node as one line of text. Its plain text follows from its parts. */
function nodeFacts(node: SourceNode): string {
  const { parentSourceId, structural, role, author, time } = node;
  const facts = JSON.stringify([parentSourceId, structural, role, author ?? null, time?.ms ?? null]);
  return `${facts} ${node.parts.map(partFacts).join(" ")}`;
}

/** Most parts are nothing but text: their fields have an order of their own and need no sorting. */
function partFacts(part: Part): string {
  switch (part.kind) {
    case "text":
      return JSON.stringify([part.kind, part.text]);
    case "thinking":
      return JSON.stringify([part.kind, part.text, part.summary ?? null]);
    case "code":
      return JSON.stringify([part.kind, part.language, part.text]);
    default:
      return canonicalJson(withoutPresence(part));
  }
}

/** Whether an export holds a file's bytes is a fact about the export, not about the conversation. */
function withoutPresence(part: Part): JsonValue {
  const facts = { ...part } as unknown as JsonObject;
  delete facts["missing"];
  return facts;
}

function withoutPointers(metadata: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !pointerKeys.has(key)));
}

function named(thing: { sourceId: string; name?: string } | undefined): JsonValue {
  return thing === undefined ? null : [thing.sourceId, thing.name ?? null];
}
