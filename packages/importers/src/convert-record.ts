import { ChattyError } from "@chatty/model";
import type { JsonValue, SourceConversation, SourceName } from "@chatty/model";
import { convertChatGptConversation } from "./chatgpt/convert.ts";
import { isChatGptRecord } from "./chatgpt/detect.ts";
import { convertClaudeConversation } from "./claude/convert.ts";
import { convertDesignChat } from "./claude/design.ts";
import { isClaudeRecord, isDesignChat } from "./claude/detect.ts";
import { parseRecord, scanRecord } from "./json/parse-record.ts";
import type { RecordFacts } from "./json/parse-record.ts";
import { convertLegacyRecord } from "./legacy/legacy-export.ts";
import { addProblem } from "./record-conversion.ts";

/**
 * Converts the bytes of one conversation. The same bytes always give the same value, whether they come out of an export
 * or out of storage.
 * @throws {ChattyError} RECORD_UNREADABLE, RECORD_UNRECOGNISED, RECORD_TOO_DEEP, RECORD_TOO_LARGE
 */
export function convertRecord(source: SourceName, raw: Uint8Array, known?: RecordFacts): SourceConversation {
  if (source === "legacy") return convertLegacyRecord(raw);
  const facts = known ?? scanRecord(raw);
  const { value, isUtf8 } = parseRecord(raw, facts);
  const conversation = convertValue(source, value, raw);
  if (!isUtf8) {
    addProblem(
      conversation,
      "TEXT_NOT_UTF8",
      "Some bytes are not valid UTF-8 and are shown as replacement characters; the original is kept.",
    );
  }
  return conversation;
}

/** True for bytes that hold a conversation of the source; never throws. */
export function isConversationText(source: SourceName, bytes: Uint8Array): boolean {
  try {
    const { value } = parseRecord(bytes);
    return source === "chatgpt" ? isChatGptRecord(value) : isClaudeRecord(value);
  } catch {
    return false;
  }
}

function convertValue(source: SourceName, value: JsonValue, raw: Uint8Array): SourceConversation {
  if (source === "chatgpt" && isChatGptRecord(value)) return convertChatGptConversation(value, raw);
  if (source === "claude" && isClaudeRecord(value)) {
    return isDesignChat(value) && !Array.isArray(value["chat_messages"])
      ? convertDesignChat(value, raw)
      : convertClaudeConversation(value, raw);
  }
  throw new ChattyError("RECORD_UNRECOGNISED", `A record is not a conversation as ${source} writes them.`);
}
