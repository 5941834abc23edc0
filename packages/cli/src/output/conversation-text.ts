import { isChattyError, isJsonObject } from "@chatty/model";
import type { Part } from "@chatty/model";
import type { Conversation, MessageView, UserVault } from "@chatty/store";
import { countOf, instant, listing, size } from "./phrases.ts";
import { harmless, oneLine } from "./plain-text.ts";
import { titleOf } from "./session-table.ts";
import type { Style } from "./style.ts";

const names = { user: "You", assistant: "Assistant", system: "System", tool: "Tool" } as const;

/** What a fork goes on from. */
export interface ForkSource {
  /** Absent when it cannot be found any more. */
  title?: string;
  sessionId: string;
  runtimeId: string;
  messageCount: number;
}

/** Where a fork comes from, by its metadata; undefined for what is no fork. */
export function originOf(user: UserVault, conversation: Conversation): ForkSource | undefined {
  const origin = conversation.session.metadata["forkedFrom"];
  if (!isJsonObject(origin)) return undefined;
  const { sessionId, runtimeId, messageCount } = origin;
  if (typeof sessionId !== "string" || typeof runtimeId !== "string") return undefined;
  const source = { sessionId, runtimeId, messageCount: typeof messageCount === "number" ? messageCount : 0 };
  try {
    return { ...source, title: titleOf(user.session(sessionId)) };
  } catch (error) {
    if (isChattyError(error)) return source;
    throw error;
  }
}

/** The active path of a conversation as one reads it; what is not on it is counted at the end. */
export function renderConversation(conversation: Conversation, style: Style, origin?: ForkSource): string {
  const { session, messages, activePath } = conversation;
  const byId = new Map(messages.map((message) => [message.id, message]));
  const path = activePath.map((id) => byId.get(id)).filter((message) => message !== undefined);
  const shown = path.filter((message) => !message.hidden);
  const isDeleted = session.metadata["deleted"] === true;
  const facts = [
    session.runtimeId,
    countOf(messages.length, "message"),
    session.createdAt === undefined ? "no date" : `begun ${instant(session.createdAt)} UTC`,
    ...(session.home ? ["home"] : []),
    ...(session.starred ? ["starred"] : []),
    ...(session.archived ? ["archived"] : []),
    ...(session.imported ? ["imported, read-only"] : []),
  ];
  const head = [style.strong(titleOf(session)), style.faint(facts.join(" · "))];
  if (origin !== undefined) head.push(style.faint(describeOrigin(origin)));
  if (isDeleted) {
    const remedy = style.hint(`\`chatty sessions restore ${session.sessionId}\` brings it back.`);
    head.push(`${style.bad("Deleted.")} ${remedy}`);
  }
  const blocks = [head.join("\n")];
  for (const message of shown) blocks.push(renderMessage(message, style));
  const rest = messages.length - path.length;
  const left: string[] = [];
  if (rest > 0) left.push(`${countOf(rest, "message")} on other branches`);
  if (path.length > shown.length) left.push(`${countOf(path.length - shown.length, "hidden message")}`);
  if (left.length > 0) blocks.push(style.faint(`Not shown: ${listing(left)}. \`--json\` has them all.`));
  if (session.imported && !isDeleted) {
    blocks.push(
      style.hint(`\`chatty sessions fork ${session.sessionId}\` continues it in a conversation of your own.`),
    );
  }
  return `${blocks.join("\n\n")}\n`;
}

function describeOrigin({ title, sessionId, runtimeId, messageCount }: ForkSource): string {
  const what = title === undefined ? "a conversation that is gone" : JSON.stringify(title);
  return `continues ${what} from ${oneLine(runtimeId)} (${oneLine(sessionId)}) after ${countOf(messageCount, "message")}`;
}

function renderMessage(message: MessageView, style: Style): string {
  const name = message.author ?? names[message.role];
  const facts = [
    message.timestamp === undefined ? "" : `${instant(message.timestamp)} UTC`,
    message.timestampSource === "sequence" ? "(estimated)" : "",
    message.model ?? "",
    message.partial === true ? "unfinished" : "",
  ].filter((fact) => fact !== "");
  const head = `${style.accent(oneLine(name))}  ${style.faint(facts.map(oneLine).join("  "))}`.trimEnd();
  const text = harmless(message.content);
  const extras = message.parts.flatMap((part) => [
    ...describePart(part).map((line) => style.faint(line)),
    ...textOfFile(part, style),
  ]);
  return [head, ...(text === "" ? [] : [text]), ...extras].join("\n");
}

/** What was pasted or read from a document: not the message's own words, so it is set apart by a bar. */
function textOfFile(part: Part, style: Style): string[] {
  const isFile =
    part.kind === "file" || part.kind === "image" || part.kind === "audio" || part.kind === "video";
  if (!isFile || part.extractedText === undefined || part.extractedText === "") return [];
  const lines = harmless(part.extractedText).replace(/\n$/, "").split("\n");
  return [style.faint("    pasted or attached text:"), ...lines.map((line) => `    | ${line}`.trimEnd())];
}

/** Parts whose words are not in the content, one line each. */
function describePart(part: Part): string[] {
  switch (part.kind) {
    case "image":
    case "audio":
    case "video":
    case "file": {
      const facts = [part.mime, part.size === undefined ? undefined : size(part.size)];
      if (part.missing === true) facts.push("not in the export");
      const shown = facts.filter((fact) => fact !== undefined);
      const name = oneLine(part.name ?? part.fileId ?? part.pointer ?? "without a name");
      return [`[${part.kind}: ${name}${shown.length === 0 ? "" : `, ${shown.join(", ")}`}]`];
    }
    case "tool_call":
      return [`[calls ${oneLine(part.name)}]`];
    case "citation":
      return [`[source: ${oneLine(part.title ?? part.url ?? part.text ?? "without a name")}]`];
    case "opaque":
      return [`[${oneLine(part.type)}: kept as it is, not shown]`];
    case "text":
    case "thinking":
    case "code":
    case "tool_result":
    case "error":
      return [];
  }
}
