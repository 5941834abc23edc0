import { contentFromParts, isJsonObject, parseSourceTime } from "@chatty/model";
import type {
  JsonObject,
  JsonValue,
  Part,
  SourceAttachment,
  SourceConversation,
  SourceNode,
} from "@chatty/model";
import { buildTree, inferActiveLeaf } from "../conversation-tree.ts";
import type { TreePlace } from "../conversation-tree.ts";
import {
  arrayOf,
  defined,
  filledObject,
  filledTextOf,
  idOf,
  objectOf,
  textOf,
  withMetadata,
  without,
} from "../json-fields.ts";
import { writtenKeyOrder } from "../json/key-order.ts";
import { addProblem, countNodes, idFromBytes, nodeFlags, roleFrom } from "../record-conversion.ts";
import { convertContent } from "./content.ts";
import { addReferences, collectAttachments } from "./references.ts";

/**
 * Converts one conversation with every node of its mapping. `children` and `parent` decide the order of siblings, and where
 * they are silent the order in which the mapping is written.
 * @param raw the conversation's bytes, for that order and for an id where it has none.
 */
export function convertChatGptConversation(
  value: JsonObject & { mapping: JsonObject },
  raw: Uint8Array,
): SourceConversation {
  const conversation: SourceConversation = {
    sourceId: idOf(value["conversation_id"]) ?? idOf(value["id"]) ?? idFromBytes(raw),
    nodes: [],
    activeLeafInferred: false,
    attachments: [],
    metadata: conversationMetadata(value),
    count: { seen: 0, stored: 0, flagged: 0, skipped: 0 },
    problems: [],
    ...conversationFields(value),
  };
  if (idOf(value["conversation_id"]) === undefined && idOf(value["id"]) === undefined) {
    addProblem(
      conversation,
      "CONVERSATION_ID_MISSING",
      "The conversation has no id; one is derived from its bytes.",
    );
  }
  const title = value["title"];
  if (title !== undefined && title !== null && typeof title !== "string") {
    addProblem(conversation, "TITLE_UNREADABLE", "The title is not text; it is kept in the metadata.");
  }
  addNodes(conversation, value, raw);
  return conversation;
}

function conversationFields(value: JsonObject): Partial<SourceConversation> {
  const gizmos = [value["conversation_template_id"], value["gizmo_id"]].map(filledTextOf);
  const project = gizmos.find((id) => id?.startsWith("g-p-"));
  const customGpt = gizmos.find((id) => id?.startsWith("g-") === true && !id.startsWith("g-p-"));
  return defined({
    title: textOf(value["title"]),
    createdAt: parseSourceTime(value["create_time"]),
    updatedAt: parseSourceTime(value["update_time"]),
    accountId: filledTextOf(value["user_id"]),
    project: project === undefined ? undefined : { sourceId: project },
    customGpt: customGpt === undefined ? undefined : { sourceId: customGpt },
    model: filledTextOf(value["default_model_slug"]),
    starred: booleanOf(value["is_starred"]),
    archived: booleanOf(value["is_archived"]),
  });
}

function conversationMetadata(value: JsonObject): JsonObject {
  const converted = ["mapping"];
  if (typeof value["title"] === "string" || value["title"] === null) converted.push("title");
  for (const key of ["create_time", "update_time"]) {
    if (parseSourceTime(value[key]) !== undefined) converted.push(key);
  }
  return without(value, converted);
}

function addNodes(
  conversation: SourceConversation,
  value: JsonObject & { mapping: JsonObject },
  raw: Uint8Array,
): void {
  const written = new Map<string, JsonObject>();
  let skipped = 0;
  for (const key of writtenKeyOrder(value.mapping, raw, "mapping")) {
    const node = value.mapping[key];
    if (isJsonObject(node)) {
      written.set(key, node);
    } else {
      skipped += 1;
      addProblem(
        conversation,
        "NODE_UNREADABLE",
        "A node of the conversation is not an object and was left out.",
        key,
      );
    }
  }
  const resolve = nodeResolver(written);
  const places = buildTree(
    [...written].map(([id, node]) => ({
      id,
      parent: writtenParent(node, resolve),
      children: arrayOf(node["children"]).flatMap((child) => resolve(child) ?? []),
    })),
  );
  const attachments = new Map<string, SourceAttachment>();
  for (const place of places) {
    const source = convertNode(place, written.get(place.id) ?? {});
    collectAttachments(attachments, source.parts);
    conversation.nodes.push(source);
  }
  conversation.attachments = [...attachments.values()];
  conversation.count = countNodes(conversation.nodes, skipped);
  noteMissingChildren(conversation, written, resolve);
  chooseActiveLeaf(conversation, places, resolve(value["current_node"]));
}

/** Finds a node by its key or, failing that, by the id inside it. */
function nodeResolver(
  written: ReadonlyMap<string, JsonObject>,
): (id: JsonValue | undefined) => string | undefined {
  const keyOfId = new Map<string, string>();
  for (const [key, node] of written) {
    const id = idOf(node["id"]);
    if (id !== undefined && id !== key && !keyOfId.has(id)) keyOfId.set(id, key);
  }
  return (value) => {
    const id = idOf(value);
    if (id === undefined) return undefined;
    return written.has(id) ? id : keyOfId.get(id);
  };
}

function writtenParent(
  node: JsonObject,
  resolve: (id: JsonValue | undefined) => string | undefined,
): string | null | undefined {
  const parent = node["parent"];
  if (parent === null) return null;
  return resolve(parent) ?? idOf(parent);
}

function convertNode(place: TreePlace, node: JsonObject): SourceNode {
  const message = node["message"];
  const base = {
    sourceId: place.id,
    parentSourceId: place.parent,
    ...defined({ writtenParentSourceId: place.writtenParent }),
  };
  if (isJsonObject(message)) return convertMessage(base, place, node, message);
  const isAbsent = message === undefined || message === null;
  return {
    ...base,
    structural: true,
    role: "system",
    hidden: false,
    content: "",
    parts: [],
    timestampSource: "none",
    flags: nodeFlags(place.flags, { structural: true, hidden: false, parts: [] }),
    metadata: { ...nodeRest(place.id, node), ...(isAbsent ? {} : { message }) },
  };
}

function convertMessage(
  base: Pick<SourceNode, "sourceId" | "parentSourceId" | "writtenParentSourceId">,
  place: TreePlace,
  node: JsonObject,
  message: JsonObject,
): SourceNode {
  const author = objectOf(message["author"]);
  const metadata = objectOf(message["metadata"]);
  const { role, author: writtenRole } = roleFrom(textOf(author["role"]));
  const { parts, rest } = convertContent(message["content"]);
  const hidden = metadata["is_visually_hidden_from_conversation"] === true;
  const flags = nodeFlags(place.flags, { structural: false, hidden, parts });
  addToolCall(parts, filledTextOf(message["recipient"]));
  addReferences(parts, metadata);
  const time = parseSourceTime(message["create_time"]);
  const messageId = idOf(message["id"]);
  const fields = {
    ...base,
    ...defined({
      sourceMessageId: messageId === place.id ? undefined : messageId,
      author: writtenRole ?? filledTextOf(author["name"]),
      model: filledTextOf(metadata["resolved_model_slug"]) ?? filledTextOf(metadata["model_slug"]),
      time,
    }),
    structural: false,
    role,
    hidden,
    content: contentFromParts(parts),
    parts,
    timestampSource: time === undefined ? ("none" as const) : ("message" as const),
    flags,
  };
  return withMetadata(fields, () => ({
    ...messageRest(message, author, time !== undefined, rest),
    ...nodeRest(place.id, node),
  }));
}

/** A message to a tool is a call of that tool; its words stay as they are. `assistant` is the way back from a tool. */
function addToolCall(parts: Part[], recipient: string | undefined): void {
  if (recipient === undefined || recipient === "all" || recipient === "assistant") return;
  parts.push({ kind: "tool_call", name: recipient, input: contentFromParts(parts) });
}

function messageRest(
  message: JsonObject,
  author: JsonObject,
  hasTime: boolean,
  content: JsonObject | undefined,
): JsonObject {
  const converted = ["id", "content"];
  if (isJsonObject(message["author"])) converted.push("author");
  if (hasTime || message["create_time"] === null) converted.push("create_time");
  // A role of its own takes the author's place; the name then stays here.
  const isKnownRole = roleFrom(textOf(author["role"])).author === undefined;
  const authorRest = filledObject(without(author, isKnownRole ? ["role", "name"] : ["role"]));
  return {
    ...without(message, converted),
    ...(authorRest === undefined ? {} : { author: authorRest }),
    ...(content === undefined ? {} : { content }),
  };
}

/** Fields of the node itself beyond its place and message; under a key that no message has. */
function nodeRest(key: string, node: JsonObject): JsonObject {
  const converted = ["parent", "children", "message"];
  if (idOf(node["id"]) === key) converted.push("id");
  const rest = filledObject(without(node, converted));
  return rest === undefined ? {} : { $node: rest };
}

function noteMissingChildren(
  conversation: SourceConversation,
  written: ReadonlyMap<string, JsonObject>,
  resolve: (id: JsonValue | undefined) => string | undefined,
): void {
  for (const [key, node] of written) {
    const missing = arrayOf(node["children"]).filter((child) => resolve(child) === undefined);
    if (missing.length === 0) continue;
    addProblem(
      conversation,
      "CHILD_MISSING",
      `A node lists ${missing.length} children that are not there.`,
      key,
    );
  }
}

function chooseActiveLeaf(
  conversation: SourceConversation,
  places: readonly TreePlace[],
  current: string | undefined,
): void {
  if (current !== undefined) {
    conversation.activeLeafSourceId = current;
    return;
  }
  const candidates = places.map((place, index) => {
    const node = conversation.nodes[index];
    return { place, timeMs: node?.time?.ms, structural: node?.structural === true };
  });
  const leaf = inferActiveLeaf(candidates);
  conversation.activeLeafInferred = true;
  if (leaf !== undefined) conversation.activeLeafSourceId = leaf;
}

function booleanOf(value: JsonValue | undefined): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}
