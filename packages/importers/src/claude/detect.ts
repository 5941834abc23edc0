import { isJsonObject } from "@chatty/model";
import type { JsonObject, JsonValue } from "@chatty/model";

/** True for records with `chat_messages`, or for design chats. */
export function isClaudeConversation(paths: ReadonlySet<string>): boolean {
  if (paths.has("chat_messages")) return true;
  if (!paths.has("messages[].content")) return false;
  return (
    paths.has("messages[].content.contentBlocks") ||
    (paths.has("project.uuid") &&
      (paths.has("messages[].content.kind") || paths.has("messages[].content.role")))
  );
}

/** True for the list of files of a split export. */
export function isClaudeManifest(whole: ReadonlySet<string>): boolean {
  return whole.has("data_files[].category") || whole.has("data_files[].export_url");
}

/** True for accounts, projects and memories. */
export function isClaudeSidecar(record: ReadonlySet<string>): boolean {
  return (
    (record.has("email_address") && record.has("full_name")) ||
    (record.has("prompt_template") && record.has("docs")) ||
    record.has("conversations_memory")
  );
}

/** True when a parsed record is a conversation, design chats included. */
export function isClaudeRecord(value: JsonValue): value is JsonObject {
  return isJsonObject(value) && (Array.isArray(value["chat_messages"]) || isDesignChat(value));
}

/** True for a chat of Claude's design tool: a project, and messages that wrap their content in an object. */
export function isDesignChat(value: JsonObject): boolean {
  const messages = value["messages"];
  if (!Array.isArray(messages) || typeof value["uuid"] !== "string") return false;
  return messages.length === 0
    ? isJsonObject(value["project"])
    : messages.some((message) => isJsonObject(message) && isJsonObject(message["content"]));
}
