import { classifyMessage, expectedTime } from "./expected.ts";
import type { ExpectedAside, ExpectedConversation, ExpectedMessage, ExpectedText } from "./expected.ts";
import { expectedParents, findCycles } from "./expected-tree.ts";
import { field, isFields, keysInSourceOrder, listField, parseJson, textField } from "./source-json.ts";
import type { Json, JsonFields } from "./source-json.ts";

const fourRoles = new Set(["user", "assistant", "system", "tool"]);
const mediaKinds: Record<string, readonly string[]> = {
  image_asset_pointer: ["image"],
  audio_asset_pointer: ["audio"],
  video_asset_pointer: ["video"],
  real_time_user_audio_video_asset_pointer: ["audio", "video"],
};

/** What has to come out of one ChatGPT conversation, given the bytes of its object. */
export function expectedFromChatgpt(raw: string): ExpectedConversation {
  const source = parseJson(raw);
  const mapping = field(source, "mapping");
  const keys = keysInSourceOrder(raw, "mapping");
  const nodes = new Map(keys.map((key) => [key, field(mapping, key)]));
  const isMessage = (key: string): boolean => isFields(field(nodes.get(key), "message"));
  const writtenParent = (key: string): string | null => textField(nodes.get(key), "parent") ?? null;
  const cycles = findCycles(keys, writtenParent);
  const cyclic = new Set(cycles.flat());

  const messages: ExpectedMessage[] = [];
  const count = { seen: keys.length, clean: 0, reserved: 0, free: 0, unreadable: 0 };
  for (const key of keys) {
    const node = nodes.get(key);
    const message = field(node, "message");
    if (!isFields(message)) {
      if (!isFields(node) || (message !== null && message !== undefined)) count.unreadable += 1;
      else count.reserved += 1;
      continue;
    }
    const expected = expectedMessage(key, message);
    expected.parents = expectedParents(key, writtenParent, nodes, isMessage, cyclic);
    messages.push(expected);
    const parent = writtenParent(key);
    const isDangling = parent !== null && !nodes.has(parent);
    if (cyclic.has(key) && !expected.hidden) count.free += 1;
    else count[classifyMessage(expected, isDangling)] += 1;
  }
  // Of every circle at least one node must be told apart; which one is the importer's choice.
  for (const cycle of cycles) {
    if (!cycle.some(isMessage)) continue;
    if (cycle.every((key) => isMessage(key) && !hidden(field(nodes.get(key), "message")))) {
      count.free -= 1;
      count.reserved += 1;
    }
  }
  return {
    source: "chatgpt",
    sourceId: textField(source, "conversation_id") ?? textField(source, "id"),
    title: textField(source, "title"),
    messages,
    siblings: siblingGroups(keys, nodes, writtenParent, cyclic),
    leaf: shownLeaf(source, nodes, isMessage, writtenParent),
    count,
  };
}

function siblingGroups(
  keys: readonly string[],
  nodes: ReadonlyMap<string, Json | undefined>,
  writtenParent: (key: string) => string | null,
  cyclic: ReadonlySet<string>,
): string[][] {
  const groups = new Map<string | null, string[]>();
  for (const key of keys) {
    if (cyclic.has(key)) continue;
    const parent = writtenParent(key);
    const group = parent !== null && nodes.has(parent) ? parent : null;
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  for (const [parent, members] of groups) {
    if (parent === null) continue;
    const listed = listField(nodes.get(parent), "children");
    const place = (key: string): number => {
      const at = listed.indexOf(key);
      return at === -1 ? listed.length + members.indexOf(key) : at;
    };
    const places = new Map(members.map((key) => [key, place(key)]));
    groups.set(
      parent,
      members.toSorted((one, other) => (places.get(one) ?? 0) - (places.get(other) ?? 0)),
    );
  }
  return [...groups.values()];
}

function shownLeaf(
  source: Json,
  nodes: ReadonlyMap<string, Json | undefined>,
  isMessage: (key: string) => boolean,
  writtenParent: (key: string) => string | null,
): string | undefined {
  let key: string | null = textField(source, "current_node") ?? null;
  for (let steps = 0; key !== null && nodes.has(key) && steps <= nodes.size; steps += 1) {
    if (isMessage(key)) return key;
    key = writtenParent(key);
  }
  return undefined;
}

function hidden(message: unknown): boolean {
  return field(field(message, "metadata"), "is_visually_hidden_from_conversation") === true;
}

function expectedMessage(key: string, message: JsonFields): ExpectedMessage {
  const metadata = field(message, "metadata");
  const author = field(message, "author");
  const writtenRole = textField(author, "role");
  const isKnownRole = writtenRole !== undefined && fourRoles.has(writtenRole);
  const name = textField(author, "name");
  const time = expectedTime(field(message, "create_time"));
  const { texts, asides } = expectedContent(field(message, "content"));
  const recipient = textField(message, "recipient");
  if (recipient !== undefined && recipient !== "" && recipient !== "all") {
    asides.push({ kind: "tool_call", name: recipient });
  }
  asides.push(...expectedAttachments(metadata), ...expectedCitations(metadata));
  return {
    key,
    parents: [],
    role: isKnownRole ? writtenRole : "system",
    ...(writtenRole === undefined
      ? {}
      : { authors: isKnownRole ? (name === "" ? ["", undefined] : [name]) : [writtenRole] }),
    ...(time === undefined ? {} : { time }),
    model: textField(metadata, "resolved_model_slug") ?? textField(metadata, "model_slug"),
    hidden: hidden(message),
    texts,
    asides,
    ...(isFields(field(field(message, "content"), "screenshot")) ? { mayPointAtMore: true } : {}),
  };
}

function expectedContent(content: Json | undefined): { texts: ExpectedText[]; asides: ExpectedAside[] } {
  const texts: ExpectedText[] = [];
  const asides: ExpectedAside[] = [];
  const say = (
    kind: ExpectedText["kind"],
    text: string | undefined,
    more: Partial<ExpectedText> = {},
  ): void => {
    if (text !== undefined) texts.push({ kind, text, ...more });
  };
  const sayStrings = (kind: ExpectedText["kind"]): void => {
    for (const part of listField(content, "parts")) if (typeof part === "string") say(kind, part);
  };
  const type = textField(content, "content_type");
  switch (type ?? "") {
    case "text":
    case "multimodal_text":
      for (const part of listField(content, "parts")) addPart(part, say, asides);
      break;
    case "code":
      say("code", textField(content, "text"), { language: textField(content, "language") ?? "" });
      break;
    case "execution_output":
      say("tool_result", textField(content, "text"));
      break;
    case "tether_browsing_display":
      say("tool_result", textField(content, "result"));
      break;
    case "tether_quote":
    case "sonic_webpage": {
      say("tool_result", textField(content, "text"));
      const url = textField(content, "url");
      asides.push({ kind: "citation", ...(url === undefined ? {} : { url }) });
      break;
    }
    case "thoughts":
      if (!Array.isArray(field(content, "thoughts"))) sayStrings("thinking");
      for (const thought of listField(content, "thoughts")) {
        const summary = textField(thought, "summary");
        say("thinking", textField(thought, "content"), summary === undefined ? {} : { summaries: [summary] });
      }
      break;
    case "reasoning_recap":
      if (textField(content, "content") === undefined) sayStrings("thinking");
      say("thinking", textField(content, "content"));
      break;
    case "user_editable_context":
      say("text", textField(content, "user_profile"));
      say("text", textField(content, "user_instructions"));
      break;
    case "model_editable_context":
      say("text", textField(content, "model_set_context"));
      break;
    case "system_error":
      say("error", textField(content, "text"));
      break;
    case "citable_code_output":
      say("tool_result", textField(content, "output_str"));
      break;
    default:
      if (type !== undefined && content !== undefined) asides.push({ kind: "opaque", type, raw: content });
  }
  return { texts, asides };
}

function addPart(
  part: Json,
  say: (kind: "text", text: string | undefined) => void,
  asides: ExpectedAside[],
): void {
  if (typeof part === "string") return say("text", part);
  const type = textField(part, "content_type");
  if (type === undefined) return;
  if (type === "audio_transcription") return say("text", textField(part, "text"));
  const kinds = mediaKinds[type];
  if (kinds === undefined) {
    asides.push({ kind: "opaque", type, raw: part });
    return;
  }
  const pointer = textField(part, "asset_pointer") ?? textField(part, "audio_asset_pointer");
  asides.push({ kind: "media", kinds, ...(pointer === undefined ? {} : { pointer }) });
}

function expectedAttachments(metadata: Json | undefined): ExpectedAside[] {
  return listField(metadata, "attachments").map((attachment) => {
    const fileId = textField(attachment, "id");
    const name = textField(attachment, "name");
    return {
      kind: "media",
      kinds: ["image", "audio", "video", "file"],
      ...(fileId === undefined ? {} : { fileId }),
      ...(name === undefined ? {} : { name }),
    };
  });
}

function expectedCitations(metadata: Json | undefined): ExpectedAside[] {
  const old = listField(metadata, "citations").map((citation) =>
    textField(field(citation, "metadata"), "url"),
  );
  const references = listField(metadata, "content_references");
  const urls = references.flatMap((reference) => {
    const grouped = listField(reference, "items").map((item) => textField(item, "url"));
    return grouped.length > 0 ? grouped : [textField(reference, "url")];
  });
  return [...old, ...urls].map((url) => ({ kind: "citation", ...(url === undefined ? {} : { url }) }));
}
