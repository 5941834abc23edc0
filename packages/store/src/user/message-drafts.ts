import type { MessageId, Part, Role } from "@chatty/model";
import {
  ChattyError,
  createUuid,
  isJsonObject,
  parseConstructId,
  parseMessageId,
  parseRuntimeId,
} from "@chatty/model";
import type { NewMessage } from "../sessions/backend.ts";
import type { MessageDraft } from "../views.ts";

/** Longest text of one message, in UTF-16 code units; a log line carries it whole. */
const contentLimit = 64 * 1024 * 1024;

/**
 * A draft as a record to be.
 * @param files parts of files that were attached, behind its own.
 * @throws {ChattyError} MESSAGE_INVALID, MESSAGE_TOO_LARGE, INVALID_ID
 */
export function messageFromDraft(draft: MessageDraft, files: readonly Part[], nowMs: number): NewMessage {
  checkDraft(draft);
  const { id, parentId, parts, role, content, author, model, responseTimeMs, thinkingLog, metadata } = draft;
  const { runtimeId, constructId } = draft;
  const text: Part[] = content === "" ? [] : [{ kind: "text", text: content }];
  const all = files.length === 0 ? parts : [...(parts ?? text), ...files];
  // Field by field: whatever else a program hands over must not get into a record.
  return {
    kind: "message",
    ...(id === undefined ? { id: createUuid(nowMs) as MessageId, isNew: true } : { id: parseMessageId(id) }),
    ...(parentId === undefined ? {} : { parentId: parentId === null ? null : parseMessageId(parentId) }),
    role,
    content,
    ...(all === undefined ? {} : { parts: all }),
    ...(runtimeId === undefined ? {} : { runtimeId: parseRuntimeId(runtimeId) }),
    ...(constructId === undefined ? {} : { constructId: parseConstructId(constructId) }),
    ...(author === undefined ? {} : { author }),
    ...(model === undefined ? {} : { model }),
    ...(responseTimeMs === undefined ? {} : { responseTimeMs }),
    ...(thinkingLog === undefined ? {} : { thinkingLog }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** A draft as a checkpoint, which has fewer fields than a message. Throws as {@link messageFromDraft}. */
export function checkpointFromDraft(draft: MessageDraft & { id: MessageId }, nowMs: number): NewMessage {
  const { id, parentId, role, content, parts, runtimeId, constructId, model } = messageFromDraft(
    draft,
    [],
    nowMs,
  );
  return {
    kind: "checkpoint",
    id,
    ...(parentId === undefined ? {} : { parentId }),
    role,
    content,
    ...(parts === undefined ? {} : { parts }),
    ...(runtimeId === undefined ? {} : { runtimeId }),
    ...(constructId === undefined ? {} : { constructId }),
    ...(model === undefined ? {} : { model }),
  };
}

const roles: ReadonlySet<unknown> = new Set<Role>(["user", "assistant", "system", "tool"]);

/** @throws {ChattyError} MESSAGE_INVALID, MESSAGE_TOO_LARGE */
function checkDraft(draft: MessageDraft): void {
  const { role, content, parts, author, model, responseTimeMs, thinkingLog, metadata } = draft;
  const isText = (value: unknown): boolean => value === undefined || typeof value === "string";
  const isSound =
    roles.has(role) &&
    typeof content === "string" &&
    (parts === undefined || Array.isArray(parts)) &&
    isText(author) &&
    isText(model) &&
    (responseTimeMs === undefined || Number.isFinite(responseTimeMs)) &&
    (thinkingLog === undefined || Array.isArray(thinkingLog)) &&
    (metadata === undefined || isJsonObject(metadata));
  if (!isSound) {
    throw new ChattyError(
      "MESSAGE_INVALID",
      "A message has a role (user, assistant, system or tool) and a text.",
      {
        hint: "Give `role` and `content` as strings.",
      },
    );
  }
  if (content.length > contentLimit) {
    throw new ChattyError("MESSAGE_TOO_LARGE", `A message has at most ${contentLimit} characters.`, {
      hint: "Attach the text as a file instead: append --file.",
    });
  }
}
