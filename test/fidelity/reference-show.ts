import { expectedFromSource } from "./source-checker.ts";
import type { ShownConversation, ShownMessage, ShownPart } from "./source-checker.ts";
import type { ExpectedAside, ExpectedConversation, ExpectedMessage } from "./expected.ts";

/**
 * What a faithful importer would show for the bytes of a conversation: the stand-in of the product with which the
 * checker is checked.
 */
export function showFaithfully(raw: string): ShownConversation {
  const expected = expectedFromSource(raw);
  const messages = inTreeOrder(expected).map((message) => faithfulMessage(message));
  const byId = new Map(messages.map((message) => [message.id, message]));
  const activePath: string[] = [];
  const last = expected.leaf === undefined ? messages.at(-1)?.id : idOf(expected.leaf);
  let at: string | null = last ?? null;
  while (at !== null) {
    activePath.unshift(at);
    at = byId.get(at)?.parentId ?? null;
  }
  return {
    session: {
      sessionId: "session",
      title: expected.title ?? "",
      source: expected.source,
      ...(expected.sourceId === undefined ? {} : { sourceId: expected.sourceId }),
    },
    activePath,
    messages,
  };
}

function idOf(key: string): string {
  return `id of ${key}`;
}

/** Cuts every circle at the first of its nodes, then walks from the roots. */
function inTreeOrder(expected: ExpectedConversation): ExpectedMessage[] {
  const waiting = new Map(expected.messages.map((message) => [message.key, message]));
  const places = new Map<string, number>();
  for (const group of expected.siblings) for (const [index, key] of group.entries()) places.set(key, index);
  const done: ExpectedMessage[] = [];
  const place = (message: ExpectedMessage): void => {
    if (!waiting.delete(message.key)) return;
    done.push(message);
    const children = [...waiting.values()].filter((child) => child.parents.at(-1) === message.key);
    children.sort((one, other) => (places.get(one.key) ?? 0) - (places.get(other.key) ?? 0));
    for (const child of children) place(child);
  };
  const roots = expected.messages.filter((message) => message.parents.at(-1) === null);
  for (const root of roots.toSorted((a, b) => (places.get(a.key) ?? 0) - (places.get(b.key) ?? 0)))
    place(root);
  for (const message of expected.messages) {
    if (!waiting.has(message.key)) continue;
    place({ ...message, parents: [null] });
  }
  return done;
}

function faithfulMessage(expected: ExpectedMessage): ShownMessage {
  const author = expected.authors?.[0];
  const parent = expected.parents.at(-1) ?? null;
  return {
    id: idOf(expected.key),
    parentId: parent === null ? null : idOf(parent),
    role: expected.role,
    content: expected.texts.map((part) => part.text).join("\n"),
    ...(expected.time === undefined ? {} : { timestamp: Math.round(expected.time) }),
    timestampSource: expected.time === undefined ? "none" : "message",
    ...(expected.model === undefined || expected.model === false ? {} : { model: expected.model }),
    ...(author === undefined ? {} : { author }),
    hidden: expected.hidden,
    parts: [
      ...expected.texts.map(({ summaries, ...part }) => textPart(part, summaries)),
      ...expected.asides.map(asidePart),
    ],
    sourceId: expected.key,
  };
}

function textPart(part: ShownPart, summaries: string[] | undefined): ShownPart {
  return { ...part, ...(summaries === undefined ? {} : { summary: summaries.join("\n") }) };
}

function asidePart(aside: ExpectedAside): ShownPart {
  if (aside.kind === "silent_result") return { ...aside, kind: "tool_result" };
  if (aside.kind !== "media") return aside;
  const { kinds, ...rest } = aside;
  return { ...rest, kind: kinds[0] ?? "file" };
}
