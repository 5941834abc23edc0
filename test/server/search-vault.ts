// A vault whose words are known by where they stand, and what a reader of all of it would find.
import { Buffer } from "node:buffer";
import type { MessageId, Part, Role, SearchFeature, SearchMark } from "@chatty/model";
import type { MessageView, SessionView, UserVault } from "@chatty/store";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";

/** No word of one list is in another one, so that it is known in which field a word can be found. */
export const vocabulary = {
  text: words(
    "harbour lantern orchard granite willow ledger compass meadow copper violin thistle anchor paper river",
  ),
  title: words("chimney saddle amber kettle marble falcon"),
  thinking: words("quartz raven ember"),
  tool: words("loom sluice gantry"),
} as const;
const models = ["gpt-4", "gpt-4o", "o1-mini"];

function words(text: string): readonly string[] {
  return text.split(" ");
}

/** A ChatGPT export of one account with branches, hidden messages, code, thoughts, pictures and messages without a time. */
export function talkativeExport(seed: number, conversations: number): Buffer {
  const random = createRandom(seed);
  const made = Array.from({ length: conversations }, (_, index) =>
    conversation(random, index, conversations),
  );
  return Buffer.from(JSON.stringify(made), "utf8");
}

interface ExportNode {
  id: string;
  message: object | null;
  parent: string | null;
  children: string[];
}

function conversation(random: SeededRandom, index: number, count: number): object {
  const started = 1_577_836_800 + Math.floor((index / count) * 4 * 365 * 86_400);
  const mapping: Record<string, ExportNode> = {};
  const add = (parent: string | null, message: ((id: string) => object) | null): string => {
    const id = random.uuid();
    mapping[id] = { id, message: message === null ? null : message(id), parent, children: [] };
    if (parent !== null) mapping[parent]?.children.push(id);
    return id;
  };
  let last = add(null, null);
  const length = 3 + random.below(12);
  for (let place = 0; place < length; place += 1) {
    const role = place % 2 === 0 ? "user" : "assistant";
    const time = random.below(20) === 0 ? null : started + place * 7200;
    const before = last;
    last = add(before, (id) => message(random, id, role, time));
    // A second answer to the same question: another branch.
    if (role === "assistant" && random.below(4) === 0) add(before, (id) => message(random, id, role, time));
  }
  return {
    title: `${random.pick(vocabulary.title)} ${random.pick(vocabulary.title)} ${index}`,
    create_time: started,
    update_time: started + length * 7200,
    mapping,
    current_node: last,
    conversation_id: random.uuid(),
    is_archived: random.below(8) === 0,
    is_starred: random.below(6) === 0,
  };
}

function message(random: SeededRandom, id: string, role: string, time: number | null): object {
  const kind = role === "user" ? 0 : random.below(8);
  const model = role === "user" ? {} : { model_slug: random.pick(models) };
  const hidden = random.below(15) === 0 ? { is_visually_hidden_from_conversation: true } : {};
  const content =
    kind === 1
      ? { content_type: "code", language: "python", text: `${random.pick(vocabulary.tool)} = 1` }
      : kind === 2
        ? {
            content_type: "thoughts",
            thoughts: [
              { summary: random.pick(vocabulary.thinking), content: random.pick(vocabulary.thinking) },
            ],
          }
        : { content_type: "text", parts: [sentence(random)] };
  return {
    id,
    author: { role, name: null, metadata: {} },
    create_time: time,
    update_time: null,
    content,
    status: "finished_successfully",
    end_turn: true,
    weight: 1,
    metadata: { ...model, ...hidden },
    recipient: "all",
  };
}

/** Some words are in nearly every sentence, and some in hardly any. */
function sentence(random: SeededRandom): string {
  const { text } = vocabulary;
  const picked = Array.from({ length: 2 + random.below(6) }, () => {
    return text[Math.min(text.length - 1, Math.floor(-Math.log(1 - random.next()) * 3))] ?? "";
  });
  const link = random.below(12) === 0 ? " https://example.org/a" : "";
  const code = random.below(12) === 0 ? "\n```\n1 + 1\n```" : "";
  return `${picked.join(random.below(3) === 0 ? ", " : " ")}.${link}${code}`;
}

/** Native conversations with branches, several roles and an attachment by name. */
export async function addNativeTalk(user: UserVault, seed: number, conversations: number): Promise<void> {
  const random = createRandom(seed);
  for (let index = 0; index < conversations; index += 1) {
    const runtime = index % 2 === 0 ? "synth" : "lin";
    const { sessionId } = await user.createSession({
      runtime,
      title: `${random.pick(vocabulary.title)} talk ${index}`,
    });
    const [first] = await user.append(sessionId, [{ role: "user", content: sentence(random) }]);
    for (let place = 0; place < 6; place += 1) {
      const role: Role = place % 3 === 2 ? "tool" : place % 2 === 0 ? "assistant" : "user";
      const branch = place === 4 && first !== undefined ? { parentId: first.messageId } : {};
      const model = role === "assistant" ? { model: random.pick(models) } : {};
      await user.append(sessionId, [{ role, content: sentence(random), ...model, ...branch }]);
    }
    if (index % 3 === 0) await user.setStarred(sessionId, true);
    if (index % 4 === 3) await user.setArchived(sessionId, true);
  }
}

/** A message with everything about it that a condition can ask for. */
export interface KnownMessage {
  session: SessionView;
  message: MessageView;
  isActive: boolean;
  fields: Record<"text" | "thinking" | "tool", Set<string>>;
}

/** Everything there is, as `show` tells it: read conversation by conversation, without any index. */
export async function readEverything(user: UserVault): Promise<KnownMessage[]> {
  const known: KnownMessage[] = [];
  for (const session of allSessions(user)) {
    const { messages, activePath } = await user.show(session.sessionId);
    const active = new Set<MessageId>(activePath);
    for (const message of messages) {
      known.push({ session, message, isActive: active.has(message.id), fields: fieldsOf(message.parts) });
    }
  }
  return known;
}

function allSessions(user: UserVault): SessionView[] {
  return [false, true].flatMap((archived) => {
    const found: SessionView[] = [];
    let after: string | undefined;
    do {
      const page = user.sessions({ archived, limit: 1000, ...(after === undefined ? {} : { after }) });
      found.push(...page.sessions);
      after = page.next;
    } while (after !== undefined);
    return found;
  });
}

function fieldsOf(parts: readonly Part[]): KnownMessage["fields"] {
  const fields: KnownMessage["fields"] = { text: new Set(), thinking: new Set(), tool: new Set() };
  for (const part of parts) {
    if (part.kind === "text") addWords(fields.text, part.text);
    else if (part.kind === "thinking") addWords(fields.thinking, `${part.summary ?? ""} ${part.text}`);
    else if (part.kind === "code") addWords(fields.tool, part.text);
  }
  return fields;
}

function addWords(into: Set<string>, text: string): void {
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) into.add(word);
}

export interface Asked {
  words: readonly string[];
  runtime?: readonly string[];
  role?: readonly Role[];
  model?: readonly string[];
  has?: readonly SearchFeature[];
  is?: readonly SearchMark[];
  session?: readonly string[];
  /** Integer milliseconds UTC, inclusive. */
  from?: number;
  /** Exclusive. */
  to?: number;
}

/** What a question must find, message by message. */
export function expectedMessages(known: readonly KnownMessage[], asked: Asked): KnownMessage[] {
  return known.filter((each) => {
    const { session, message, fields } = each;
    const { words: wanted, runtime, role, model, has, is, session: sessions, from, to } = asked;
    if (message.hidden && is?.includes("hidden") !== true) return false;
    const hasWords = wanted.every(
      (word) => fields.text.has(word) || fields.thinking.has(word) || fields.tool.has(word),
    );
    return (
      hasWords &&
      (runtime === undefined || runtime.includes(session.runtimeId)) &&
      (role === undefined || role.includes(message.role)) &&
      (model === undefined || model.some((name) => fitsModel(message.model, name))) &&
      (has === undefined || has.some((feature) => hasFeature(message, feature))) &&
      (is === undefined || is.every((mark) => hasMark(each, mark))) &&
      (sessions === undefined || sessions.includes(session.sessionId)) &&
      (from === undefined || (message.timestamp !== undefined && message.timestamp >= from)) &&
      (to === undefined || (message.timestamp !== undefined && message.timestamp < to))
    );
  });
}

function fitsModel(model: string | undefined, name: string): boolean {
  if (model === undefined) return false;
  return name.endsWith("*") ? model.startsWith(name.slice(0, -1)) : model === name.toLowerCase();
}

function hasFeature({ parts }: MessageView, feature: SearchFeature): boolean {
  const texts = parts.flatMap((part) => (part.kind === "text" ? [part.text] : []));
  switch (feature) {
    case "code":
      return parts.some(({ kind }) => kind === "code") || texts.some((text) => text.includes("```"));
    case "link":
      return texts.some((text) => text.includes("https://"));
    case "thinking":
      return parts.some(({ kind }) => kind === "thinking");
    case "tool":
      return parts.some(({ kind }) => kind === "code" || kind === "tool_call" || kind === "tool_result");
    case "image":
    case "audio":
    case "video":
    case "file":
    case "citation":
      return parts.some(({ kind }) => kind === feature);
  }
}

function hasMark({ session, message, isActive }: KnownMessage, mark: SearchMark): boolean {
  switch (mark) {
    case "starred":
    case "archived":
    case "home":
    case "imported":
      return session[mark];
    case "native":
      return !session.imported;
    case "active":
      return isActive;
    case "hidden":
      return message.hidden;
  }
}
