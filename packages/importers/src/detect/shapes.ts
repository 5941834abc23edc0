import { isChatGptConversation, isChatGptSidecar } from "../chatgpt/detect.ts";
import { isClaudeConversation, isClaudeManifest, isClaudeSidecar } from "../claude/detect.ts";

/** Key paths relative to one record, and those of the text as a whole. */
export interface KeyPaths {
  /** Relative to a record: an element of the outermost array or of `conversations`, a line, or the only object. */
  record: ReadonlySet<string>;
  /** As they are, from the outermost value. */
  whole: ReadonlySet<string>;
}

/** What a JSON text turned out to be. */
export type Recognised =
  | { kind: "conversations"; source: "chatgpt" | "claude" }
  | { kind: "sidecar"; source: "chatgpt" | "claude" }
  | { kind: "claude-manifest" }
  | { kind: "foreign"; vendor: string };

/** Other sources, by what only they write. The generic shapes come last. */
const foreignShapes: readonly [vendor: string, test: (paths: KeyPaths) => boolean][] = [
  [
    "DeepSeek",
    ({ record, whole }) =>
      record.has("mapping.*.message.fragments") ||
      (record.has("mapping") && record.has("inserted_at")) ||
      whole.has("data.biz_data.chat_messages") ||
      (record.has("thought") && record.has("children") && record.has("content")),
  ],
  ["Grok", ({ record }) => record.has("conversation") && record.has("responses")],
  ["Google AI Studio", ({ whole }) => whole.has("chunkedPrompt.chunks") || whole.has("chunkedPrompt")],
  [
    "Google My Activity (Gemini)",
    ({ record }) => record.has("header") && record.has("products") && record.has("title"),
  ],
  [
    "Gemini in Workspace",
    ({ record, whole }) =>
      [...record, ...whole].some((path) => /conversation_turns\[\]\.(?:user_turn|system_turn)/.test(path)),
  ],
  ["Perplexity", ({ record }) => record.has("context_uuid") && record.has("entries")],
  [
    "Mistral Le Chat",
    ({ record }) => record.has("chatId") && record.has("contentChunks") && record.has("role"),
  ],
  [
    "Open WebUI",
    ({ record }) =>
      record.has("chat.history.messages") ||
      (record.has("history.messages") && record.has("history.currentId")),
  ],
  [
    "LibreChat",
    ({ whole }) =>
      whole.has("conversationId") &&
      (whole.has("messagesTree") || whole.has("messages")) &&
      (whole.has("recursive") || whole.has("exportAt")),
  ],
  [
    "Chatbot UI",
    ({ whole }) =>
      whole.has("version") && whole.has("history") && whole.has("folders") && whole.has("prompts"),
  ],
  ["Gemini CLI", ({ record }) => record.has("sessionId") && record.has("projectHash")],
  [
    "Codex",
    ({ record }) =>
      (record.has("payload") && record.has("type")) ||
      record.has("record_type") ||
      (record.has("instructions") && record.has("timestamp") && record.has("id")),
  ],
  [
    "Claude Code",
    ({ record }) =>
      (record.has("parentUuid") && record.has("sessionId")) ||
      (record.has("leafUuid") && record.has("summary")) ||
      (record.has("snapshot") && record.has("messageId")),
  ],
  [
    "SillyTavern",
    ({ record }) =>
      record.has("chat_metadata") ||
      (record.has("user_name") && record.has("character_name")) ||
      (record.has("mes") && record.has("is_user")),
  ],
  ["Jan", ({ record }) => record.has("thread_id") && record.has("object") && record.has("content")],
  ["TypingMind", ({ whole }) => whole.has("data.chats[].chatID")],
  ["LobeChat", ({ whole }) => whole.has("exportType") && whole.has("state")],
  [
    "ShareGPT",
    ({ record, whole }) =>
      [...record, ...whole].some((path) => path.endsWith("conversations[].from")) ||
      (record.has("from") && record.has("value")),
  ],
  [
    "OpenAI messages",
    ({ record }) =>
      (record.has("role") && record.has("content")) ||
      (record.has("messages[].role") && record.has("messages[].content")),
  ],
];

/** Says whose data has these keys, by content alone. */
export function recogniseKeys(paths: ReadonlySet<string>): Recognised | undefined {
  const keys: KeyPaths = { record: recordPaths(paths), whole: paths };
  const deepSeek = foreignShapes[0];
  if (deepSeek !== undefined && deepSeek[1](keys)) return { kind: "foreign", vendor: deepSeek[0] };
  if (isChatGptConversation(keys.record)) return { kind: "conversations", source: "chatgpt" };
  if (isClaudeConversation(keys.record)) return { kind: "conversations", source: "claude" };
  if (isClaudeManifest(keys.whole)) return { kind: "claude-manifest" };
  for (const [vendor, test] of foreignShapes) if (test(keys)) return { kind: "foreign", vendor };
  if (isClaudeSidecar(keys.record)) return { kind: "sidecar", source: "claude" };
  if (isChatGptSidecar(keys.record, keys.whole)) return { kind: "sidecar", source: "chatgpt" };
  return undefined;
}

/** True as soon as more of the text could not change the verdict. */
export function isSettled(recognised: Recognised | undefined, paths: ReadonlySet<string>): boolean {
  if (recognised === undefined || recognised.kind === "sidecar") return false;
  if (recognised.kind !== "conversations" || recognised.source === "claude")
    return recognised.kind !== "foreign";
  // DeepSeek's tree looks like ChatGPT's until the first message.
  const record = recordPaths(paths);
  return record.has("mapping.*.message.author.role") || record.has("mapping.*.message.content.content_type");
}

function recordPaths(paths: ReadonlySet<string>): Set<string> {
  const prefixes = ["[].", "conversations[]."];
  const record = new Set<string>();
  for (const path of paths) {
    const prefix = prefixes.find((candidate) => path.startsWith(candidate));
    record.add(prefix === undefined ? path : path.slice(prefix.length));
  }
  return record;
}
