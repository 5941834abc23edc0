import { isJsonObject } from "@chatty/model";
import type { JsonObject, JsonValue, Part, SourceConversation, SourceNode } from "@chatty/model";
import { buildTree } from "../conversation-tree.ts";
import type { TreePlace } from "../conversation-tree.ts";
import {
  arrayOf,
  defined,
  filledObject,
  filledTextOf,
  idOf,
  objectOf,
  objectsOf,
  textOf,
  without,
} from "../json-fields.ts";
import { finishConversation, identifyMessages, makeNode, startConversation } from "./convert.ts";

/** Converts a chat of Claude's design tool: a chain of messages whose content is an object of its own. */
export function convertDesignChat(value: JsonObject, raw: Uint8Array): SourceConversation {
  const conversation = startConversation(value, raw, ["messages"]);
  const { identified, skipped } = identifyMessages(conversation, arrayOf(value["messages"]));
  const places = buildTree(
    identified.map(({ id }, index) => ({ id, parent: identified[index - 1]?.id ?? null })),
  );
  const byId = new Map(identified.map(({ id, message }) => [id, message]));
  for (const place of places) conversation.nodes.push(convertMessage(place, byId.get(place.id) ?? {}));
  finishConversation(conversation, places, skipped);
  const account = identified
    .map(({ message }) => idOf(objectOf(message["content"])["authorAccountUuid"]))
    .find(Boolean);
  if (conversation.accountId === undefined && account !== undefined) conversation.accountId = account;
  return conversation;
}

function convertMessage(place: TreePlace, message: JsonObject): SourceNode {
  const content = message["content"];
  const inner = isJsonObject(content) ? content : {};
  const parts = convertInner(content, inner);
  const attachments = objectsOf(inner["attachments"]);
  for (const attachment of attachments) parts.push(convertAttachment(attachment));
  const innerRest = filledObject(without(inner, ["id", "role", "content", "contentBlocks", "timestamp"]));
  return makeNode(place, {
    role: textOf(message["role"]) ?? textOf(inner["role"]),
    parts,
    time: inner["timestamp"] ?? message["created_at"],
    model: filledTextOf(inner["model"]) ?? filledTextOf(message["model"]),
    messageId: idOf(inner["id"]) ?? idOf(message["uuid"]) ?? place.id,
    metadata: {
      ...without(message, ["uuid", "role", "content"]),
      ...defined({ content: innerRest }),
    },
  });
}

function convertInner(content: JsonValue | undefined, inner: JsonObject): Part[] {
  if (typeof content === "string") return [{ kind: "text", text: content }];
  const blocks = arrayOf(inner["contentBlocks"]);
  if (blocks.length > 0) return blocks.flatMap(convertBlock);
  const text = inner["content"];
  if (typeof text === "string") return [{ kind: "text", text }];
  if (text === undefined || text === null) return [];
  return [{ kind: "opaque", type: "content", raw: text }];
}

function convertBlock(block: JsonValue): Part[] {
  if (!isJsonObject(block)) return [{ kind: "opaque", type: typeof block, raw: block }];
  const type = textOf(block["type"]) ?? "unknown";
  const text = textOf(block["text"]);
  switch (type) {
    case "text":
    case "thinking":
      if (text !== undefined) return [{ kind: type, text }];
      break;
    case "tool_call":
      if (isJsonObject(block["toolCall"])) return convertToolCall(block["toolCall"]);
      break;
    case "error":
      return [{ kind: "error", ...defined({ text: textOf(block["message"]) }) }];
    default:
      break;
  }
  return [{ kind: "opaque", type, raw: block }];
}

/** A call and, when it was answered, its result: both stand in one block. */
function convertToolCall(call: JsonObject): Part[] {
  const callId = idOf(call["id"]);
  const name = textOf(call["name"]) ?? "";
  const parts: Part[] = [{ kind: "tool_call", name, ...defined({ callId }), input: call["input"] ?? null }];
  const output = call["output"];
  if (output === undefined || output === null) return parts;
  const result = typeof output === "string" ? { text: output } : { output };
  parts.push({ kind: "tool_result", ...defined({ callId }), name, ...result });
  return parts;
}

function convertAttachment(attachment: JsonObject): Part {
  return {
    kind: attachment["type"] === "image" ? "image" : "file",
    ...defined({
      fileId: idOf(attachment["id"]),
      name: filledTextOf(attachment["name"]),
      extractedText: filledTextOf(attachment["content"]),
    }),
  };
}
