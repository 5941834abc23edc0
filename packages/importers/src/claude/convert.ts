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
import type { TreeInput, TreePlace } from "../conversation-tree.ts";
import { arrayOf, defined, filledTextOf, idOf, objectOf, textOf, without } from "../json-fields.ts";
import { addProblem, countNodes, idFromBytes, nodeFlags, roleFrom } from "../record-conversion.ts";
import { convertAttachments, convertBlocks, convertFiles } from "./blocks.ts";

/** What Claude writes as the parent of a conversation's first message. */
const rootSentinel = "00000000-0000-4000-8000-000000000000";

/** A message with the id it is known under inside its conversation. */
export interface IdentifiedMessage {
  id: string;
  message: JsonObject;
}

/** Converts one conversation of `chat_messages`, as a tree where the messages name parents and as a chain where none does. */
export function convertClaudeConversation(value: JsonObject, raw: Uint8Array): SourceConversation {
  const conversation = startConversation(value, raw, ["chat_messages"]);
  const { identified, skipped } = identifyMessages(conversation, arrayOf(value["chat_messages"]));
  const places = buildTree(treeInputs(identified));
  const byId = new Map(identified.map(({ id, message }) => [id, message]));
  for (const place of places) conversation.nodes.push(convertMessage(place, byId.get(place.id) ?? {}));
  finishConversation(conversation, places, skipped);
  chooseActiveLeaf(conversation, places, idOf(value["current_leaf_message_uuid"]));
  return conversation;
}

/** The fields that every kind of Claude conversation has. */
export function startConversation(
  value: JsonObject,
  raw: Uint8Array,
  converted: readonly string[],
): SourceConversation {
  const project = objectOf(value["project"]);
  const projectId = idOf(project["uuid"]) ?? idOf(value["project_uuid"]);
  const titleKey = typeof value["name"] === "string" ? "name" : "title";
  const sourceId = idOf(value["uuid"]);
  const conversation: SourceConversation = {
    sourceId: sourceId ?? idFromBytes(raw),
    nodes: [],
    activeLeafInferred: false,
    attachments: [],
    metadata: conversationMetadata(value, [...converted, titleKey]),
    count: { seen: 0, stored: 0, flagged: 0, skipped: 0 },
    problems: [],
    ...defined({
      title: textOf(value[titleKey]),
      createdAt: parseSourceTime(value["created_at"]),
      updatedAt: parseSourceTime(value["updated_at"]),
      accountId: idOf(objectOf(value["account"])["uuid"]),
      project:
        projectId === undefined
          ? undefined
          : { sourceId: projectId, ...defined({ name: filledTextOf(project["name"]) }) },
      model: filledTextOf(value["model"]),
      starred: typeof value["is_starred"] === "boolean" ? value["is_starred"] : undefined,
    }),
  };
  if (sourceId === undefined) {
    addProblem(
      conversation,
      "CONVERSATION_ID_MISSING",
      "The conversation has no id; one is derived from its bytes.",
    );
  }
  const title = value[titleKey];
  if (title !== undefined && title !== null && typeof title !== "string") {
    addProblem(conversation, "TITLE_UNREADABLE", "The title is not text; it is kept in the metadata.");
  }
  return conversation;
}

/** Gives every message an id that is unique in its conversation, and counts what is no message at all. */
export function identifyMessages(
  conversation: SourceConversation,
  messages: readonly JsonValue[],
): { identified: IdentifiedMessage[]; skipped: number } {
  const identified: IdentifiedMessage[] = [];
  const used = new Set<string>();
  for (const message of messages) if (isJsonObject(message)) used.add(idOf(message["uuid"]) ?? "");
  const taken = new Set<string>();
  let skipped = 0;
  for (const [index, message] of messages.entries()) {
    if (!isJsonObject(message)) {
      skipped += 1;
      addProblem(
        conversation,
        "NODE_UNREADABLE",
        "A message is not an object and was left out.",
        `position ${index}`,
      );
      continue;
    }
    const written = idOf(message["uuid"]);
    if (written !== undefined && !taken.has(written)) {
      taken.add(written);
      identified.push({ id: written, message });
      continue;
    }
    const id = freeId(written === undefined ? `position-${index}` : `${written}#${index}`, used);
    const [code, what] =
      written === undefined
        ? (["NODE_ID_MISSING", "A message has no id; it is known by its position."] as const)
        : (["NODE_ID_DUPLICATE", "A message has the id of another one; its position is added."] as const);
    addProblem(conversation, code, what, id);
    identified.push({ id, message });
  }
  return { identified, skipped };
}

/** Adds what follows from the nodes: attachments and counts. */
export function finishConversation(
  conversation: SourceConversation,
  places: readonly TreePlace[],
  skipped: number,
): void {
  const attachments = new Map<string, SourceAttachment>();
  for (const node of conversation.nodes) {
    for (const part of node.parts) {
      if (part.kind !== "file" || part.fileId === undefined) continue;
      // The text that Claude took out of a file stands for it.
      if (part.extractedText !== undefined && part.extractedText !== "") continue;
      if (attachments.has(part.fileId)) continue;
      const { fileId, name, mime, size } = part;
      attachments.set(fileId, { fileId, ...defined({ name, mime, size }) });
    }
  }
  conversation.attachments = [...attachments.values()];
  conversation.count = countNodes(conversation.nodes, skipped);
  chooseActiveLeaf(conversation, places, undefined);
}

/** One node from its place and the message's converted values. */
export function makeNode(
  place: TreePlace,
  values: {
    role: string | undefined;
    parts: Part[];
    time: unknown;
    metadata: JsonObject;
    model: string | undefined;
    messageId: string | undefined;
  },
): SourceNode {
  const { role, author } = roleFrom(values.role === "human" ? "user" : values.role);
  const time = parseSourceTime(values.time);
  return {
    sourceId: place.id,
    ...defined({ sourceMessageId: values.messageId === place.id ? undefined : values.messageId }),
    parentSourceId: place.parent,
    ...defined({ writtenParentSourceId: place.writtenParent }),
    structural: false,
    role,
    ...defined({ author, model: values.model, time }),
    hidden: false,
    content: contentFromParts(values.parts),
    parts: values.parts,
    timestampSource: time === undefined ? "none" : "message",
    flags: nodeFlags(place.flags, { structural: false, hidden: false, parts: values.parts }),
    metadata: values.metadata,
  };
}

function freeId(wanted: string, used: Set<string>): string {
  let id = wanted;
  while (used.has(id)) id = `${id}'`;
  used.add(id);
  return id;
}

function conversationMetadata(value: JsonObject, converted: readonly string[]): JsonObject {
  const taken = converted.filter((key) => {
    return (key !== "name" && key !== "title") || typeof value[key] === "string" || value[key] === null;
  });
  for (const key of ["created_at", "updated_at"]) {
    if (parseSourceTime(value[key]) !== undefined) taken.push(key);
  }
  return without(value, taken);
}

function treeInputs(identified: readonly IdentifiedMessage[]): TreeInput[] {
  const key = "parent_message_uuid";
  const hasParents = identified.some(({ message }) => Object.hasOwn(message, key));
  if (!hasParents) {
    return identified.map(({ id }, index) => ({ id, parent: identified[index - 1]?.id ?? null }));
  }
  return identified.map(({ id, message }) => {
    const parent = idOf(message[key]);
    return { id, parent: parent === undefined || parent === rootSentinel ? null : parent };
  });
}

function convertMessage(place: TreePlace, message: JsonObject): SourceNode {
  const { parts: said, rest } = convertContent(place.id, message);
  const attachments = convertAttachments(message["attachments"]);
  const files = convertFiles(message["files"]);
  const parts = [...said, ...attachments.parts, ...files.parts];
  const converted = ["uuid", "sender", "content", "attachments", "files"];
  if (roleFrom(textOf(message["sender"])).author !== undefined && message["sender"] !== "human")
    converted.splice(1, 1);
  if (parseSourceTime(message["created_at"]) !== undefined) converted.push("created_at");
  return makeNode(place, {
    role: textOf(message["sender"]),
    parts,
    time: message["created_at"],
    model: filledTextOf(message["model"]),
    messageId: idOf(message["uuid"]) ?? place.id,
    metadata: {
      ...without(message, [...converted, ...(contentFromParts(parts) === message["text"] ? ["text"] : [])]),
      ...defined({ content: rest }),
      ...(hasFields(attachments.rest) ? { attachments: attachments.rest } : {}),
      ...(hasFields(files.rest) ? { files: files.rest } : {}),
    },
  });
}

/** Blocks where there are any; `text` repeats them with placeholders and counts only where it stands alone. */
function convertContent(
  messageId: string,
  message: JsonObject,
): { parts: Part[]; rest: JsonObject[] | undefined } {
  const content = message["content"];
  if (typeof content === "string" && content !== "")
    return { parts: [{ kind: "text", text: content }], rest: undefined };
  if (Array.isArray(content) && content.length > 0) return convertBlocks(content, messageId);
  if (isJsonObject(content)) return convertBlocks([content], messageId);
  const text = filledTextOf(message["text"]);
  return { parts: text === undefined ? [] : [{ kind: "text", text }], rest: undefined };
}

function chooseActiveLeaf(
  conversation: SourceConversation,
  places: readonly TreePlace[],
  written: string | undefined,
): void {
  if (written !== undefined && places.some(({ id }) => id === written)) {
    conversation.activeLeafSourceId = written;
    conversation.activeLeafInferred = false;
    return;
  }
  const leaf = inferActiveLeaf(
    places.map((place, index) => ({ place, timeMs: conversation.nodes[index]?.time?.ms, structural: false })),
  );
  conversation.activeLeafInferred = true;
  if (leaf !== undefined) conversation.activeLeafSourceId = leaf;
}

function hasFields(rests: readonly JsonObject[]): boolean {
  return rests.some((rest) => Object.keys(rest).length > 0);
}
