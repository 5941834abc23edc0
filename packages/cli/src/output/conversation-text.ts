import type { Part } from "@chatty/model";
import type { Conversation, MessageView } from "@chatty/store";
import { countOf, instant, listing, size } from "./phrases.ts";
import { harmless, oneLine } from "./plain-text.ts";
import type { Style } from "./style.ts";

const names = { user: "You", assistant: "Assistant", system: "System", tool: "Tool" } as const;

/** The active path of a conversation as one reads it; what is not on it is counted at the end. */
export function renderConversation(conversation: Conversation, style: Style): string {
  const { session, messages, activePath } = conversation;
  const byId = new Map(messages.map((message) => [message.id, message]));
  const path = activePath.map((id) => byId.get(id)).filter((message) => message !== undefined);
  const shown = path.filter((message) => !message.hidden);
  const facts = [
    session.runtimeId,
    countOf(messages.length, "message"),
    session.createdAt === undefined ? "no date" : `begun ${instant(session.createdAt)} UTC`,
    ...(session.home ? ["home"] : []),
    ...(session.imported ? ["imported, read-only"] : []),
  ];
  const blocks = [`${style.strong(oneLine(session.title))}\n${style.faint(facts.join(" · "))}`];
  for (const message of shown) blocks.push(renderMessage(message, style));
  const rest = messages.length - path.length;
  const left: string[] = [];
  if (rest > 0) left.push(`${countOf(rest, "message")} on other branches`);
  if (path.length > shown.length) left.push(`${countOf(path.length - shown.length, "hidden message")}`);
  if (left.length > 0) blocks.push(style.faint(`Not shown: ${listing(left)}. \`--json\` has them all.`));
  if (session.imported) {
    blocks.push(`\`chatty sessions fork ${session.sessionId}\` continues it in a conversation of your own.`);
  }
  return `${blocks.join("\n\n")}\n`;
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
  const extras = message.parts.flatMap((part) => describePart(part)).map((line) => style.faint(line));
  return [head, ...(text === "" ? [] : [text]), ...extras].join("\n");
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
