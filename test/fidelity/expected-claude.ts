import { classifyMessage, expectedTime } from "./expected.ts";
import type { ExpectedAside, ExpectedConversation, ExpectedMessage, ExpectedText } from "./expected.ts";
import { expectedParents, findCycles } from "./expected-tree.ts";
import { field, isFields, listField, parseJson, textField } from "./source-json.ts";
import type { Json } from "./source-json.ts";

const rootSentinel = "00000000-0000-4000-8000-000000000000";

/** What has to come out of one Claude conversation, given the bytes of its object. */
export function expectedFromClaude(raw: string): ExpectedConversation {
  const source = parseJson(raw);
  const elements = listField(source, "chat_messages");
  const readable = elements.filter(
    (element) => isFields(element) && textField(element, "uuid") !== undefined,
  );
  const keys = readable.map((element) => textField(element, "uuid") ?? "");
  const parents = writtenParents(readable, keys);
  const writtenParent = (key: string): string | null => parents.get(key) ?? null;
  const cycles = findCycles(keys, writtenParent);
  const cyclic = new Set(cycles.flat());

  const count = { seen: elements.length, clean: 0, reserved: 0, free: 0, unreadable: 0 };
  count.unreadable = elements.length - readable.length;
  const messages = readable.map((element, index) => {
    const expected = expectedMessage(keys[index] ?? "", element);
    expected.parents = expectedParents(expected.key, writtenParent, parents, () => true, cyclic);
    const parent = writtenParent(expected.key);
    if (cyclic.has(expected.key)) count.free += 1;
    else count[classifyMessage(expected, parent !== null && !parents.has(parent))] += 1;
    return expected;
  });
  count.free -= cycles.length;
  count.reserved += cycles.length;

  const siblings = Map.groupBy(
    keys.filter((key) => !cyclic.has(key)),
    (key) => {
      const parent = writtenParent(key);
      return parent !== null && parents.has(parent) ? parent : null;
    },
  );
  return {
    source: "claude",
    sourceId: textField(source, "uuid"),
    title: textField(source, "name"),
    messages,
    siblings: [...siblings.values()],
    leaf: textField(source, "current_leaf_message_uuid"),
    count,
  };
}

/** Older exports have no parent field at all; there the order of the array is the chain. */
function writtenParents(elements: readonly Json[], keys: readonly string[]): Map<string, string | null> {
  const hasParents = elements.some((element) => field(element, "parent_message_uuid") !== undefined);
  return new Map(
    elements.map((element, index) => {
      const written = textField(element, "parent_message_uuid");
      const parent = written === undefined || written === rootSentinel ? null : written;
      return [keys[index] ?? "", hasParents ? parent : (keys[index - 1] ?? null)];
    }),
  );
}

function expectedMessage(key: string, element: Json): ExpectedMessage {
  const sender = textField(element, "sender") ?? "";
  const time = expectedTime(field(element, "created_at"));
  const roles: Record<string, string> = { human: "user", assistant: "assistant" };
  const role = roles[sender] ?? "system";
  const texts: ExpectedText[] = [];
  const asides: ExpectedAside[] = [];
  const blocks = listField(element, "content");
  for (const block of blocks) addBlock(block, texts, asides);
  const flatText = textField(element, "text");
  if (blocks.length === 0 && flatText !== undefined) texts.push({ kind: "text", text: flatText });
  asides.push(...expectedFiles(element));
  return {
    key,
    parents: [],
    role,
    authors: role === "system" ? [sender] : [undefined, sender],
    ...(time === undefined ? {} : { time }),
    model: false,
    hidden: false,
    texts,
    asides,
    ...(blocks.length === 0 && flatText === "" ? { mayBeEmpty: true } : {}),
  };
}

function addBlock(block: Json, texts: ExpectedText[], asides: ExpectedAside[]): void {
  const type = textField(block, "type") ?? "";
  switch (type) {
    case "text": {
      texts.push({ kind: "text", text: textField(block, "text") ?? "" });
      for (const citation of listField(block, "citations")) {
        const url = textField(field(citation, "details"), "url");
        asides.push({ kind: "citation", ...(url === undefined ? {} : { url }) });
      }
      break;
    }
    case "thinking": {
      const summaries = listField(block, "summaries").map((summary) => textField(summary, "summary") ?? "");
      texts.push({ kind: "thinking", text: textField(block, "thinking") ?? "", summaries });
      break;
    }
    case "tool_use": {
      const callId = textField(block, "id");
      const input = field(block, "input");
      asides.push({
        kind: "tool_call",
        name: textField(block, "name") ?? "",
        ...(callId === undefined ? {} : { callId }),
        ...(input === undefined ? {} : { input }),
      });
      break;
    }
    case "tool_result": {
      const callId = textField(block, "tool_use_id");
      const call = callId === undefined ? {} : { callId };
      const text = resultText(block);
      if (text === undefined) asides.push({ kind: "silent_result", ...call });
      else texts.push({ kind: "tool_result", text, ...call });
      break;
    }
    default:
      asides.push({ kind: "opaque", type, raw: block });
  }
}

function resultText(block: Json): string | undefined {
  const whole = textField(block, "content");
  if (whole !== undefined) return whole;
  const items = listField(block, "content").filter((item) => textField(item, "type") === "text");
  return items.length === 0 ? undefined : items.map((item) => textField(item, "text") ?? "").join("\n");
}

function expectedFiles(element: Json): ExpectedAside[] {
  const kinds = ["image", "audio", "video", "file"];
  const attachments = listField(element, "attachments").map((attachment): ExpectedAside => {
    const name = textField(attachment, "file_name");
    const extractedText = textField(attachment, "extracted_content");
    return {
      kind: "media",
      kinds: ["file"],
      ...(name === undefined || name === "" ? {} : { name }),
      ...(extractedText === undefined ? {} : { extractedText }),
    };
  });
  const files = listField(element, "files").map((file): ExpectedAside => {
    const name = textField(file, "file_name");
    const fileId = textField(file, "file_uuid");
    return {
      kind: "media",
      kinds,
      ...(name === undefined ? {} : { name }),
      ...(fileId === undefined ? {} : { fileId }),
    };
  });
  return [...attachments, ...files];
}
