import { Buffer } from "node:buffer";
import { hostileSentence } from "./hostile-contents.ts";
import { conversationsFile } from "./hostile-export.ts";
import type { HostileExport, WrittenConversation } from "./hostile-export.ts";
import { Entries, Verbatim, jsonStyles, plainStyle, writeJson } from "./json-writer.ts";
import type { Writable } from "./json-writer.ts";
import { createRandom } from "./seeded-random.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { ZipMember } from "./zip-writer.ts";

const accountId = "7f1d2c3b-0000-4000-8000-00000000c1a0";
const rootSentinel = "00000000-0000-4000-8000-000000000000";
const placeholder = "This block is not supported on your current device yet.";

type BlockMaker = (random: SeededRandom) => Writable;

const blockMakers: readonly BlockMaker[] = [
  (random) => ({ type: "text", text: hostileSentence(random), citations: [], start_timestamp: null }),
  () => ({
    type: "text",
    text: " cited ",
    citations: [
      {
        uuid: "c1",
        start_index: 1,
        end_index: 6,
        details: { type: "web_search_citation", url: "https://example.org/cited" },
      },
    ],
  }),
  () => ({
    type: "thinking",
    thinking: "thinking aloud\n",
    summaries: [{ summary: "Thinking" }],
    signature: null,
  }),
  () => ({ type: "thinking", thinking: "", summaries: [], cut_off: true }),
  () => ({
    type: "tool_use",
    id: null,
    name: "web_search",
    input: new Entries([
      ["query", "swifts"],
      ["2", 1],
      ["10", new Verbatim("1.0")],
    ]),
  }),
  () => ({
    type: "tool_result",
    tool_use_id: null,
    name: "web_search",
    content: [
      { type: "text", text: "first " },
      { type: "image", file_uuid: "i1" },
      { type: "text", text: " second" },
    ],
    is_error: false,
  }),
  () => ({
    type: "tool_use",
    id: "toolu_1",
    name: "artifacts",
    input: { command: "create", content: "<p>\n</p>" },
  }),
  () => ({ type: "tool_result", tool_use_id: "toolu_1", name: "artifacts", content: "OK", is_error: false }),
  () => ({
    type: "tool_result",
    tool_use_id: "toolu_2",
    name: "view",
    content: [{ type: "image" }],
    is_error: true,
  }),
  () => ({ type: "token_budget", remaining: null }),
  () => ({ type: "injected_prompt_block", secret: ["x", { y: 1 }] }),
];

/** A Claude export of 60 conversations; the same seed gives the same bytes. */
export function hostileClaudeExport(options: { seed: number; count?: number }): HostileExport {
  const count = options.count ?? 60;
  const conversations = Array.from({ length: count }, (_, index) => claudeConversation(options.seed, index));
  return { members: claudeMembers(conversations), conversations };
}

function claudeConversation(seed: number, index: number): WrittenConversation {
  const random = createRandom(seed * 5000 + index);
  const id = random.uuid();
  const style = jsonStyles[index % jsonStyles.length] ?? plainStyle;
  const names = ["Equal names", "", "🦜 \ud83d", "../..", "Equal names", "NUL"];
  const raw = writeJson(
    {
      uuid: id,
      name: names[index % names.length],
      summary: "",
      created_at: "2024-03-01T10:00:00.123456Z",
      updated_at: "2024-03-01T11:00:00.000000+00:00",
      account: { uuid: accountId },
      chat_messages: claudeMessages(index, random),
      ...(index % 10 === 3 ? { project_uuid: "p-1" } : {}),
    },
    style,
    random,
  );
  return { id, raw: Buffer.from(raw, "utf8"), isBroken: false };
}

function claudeMessages(index: number, random: SeededRandom): Writable[] {
  if (index % 20 === 19) return [];
  const hasParents = index % 3 !== 0;
  const messages: Writable[] = [];
  const ids: string[] = [];
  const add = (parent: string | null, more: Record<string, Writable>): string => {
    const uuid = random.uuid();
    messages.push({
      uuid,
      sender: ids.length % 2 === 0 ? "human" : "assistant",
      text: placeholder,
      // Messages of one second, in reverse, with and without a zone: times must never decide the order.
      created_at: random.pick([
        "2024-03-01T10:00:01.000000Z",
        "2024-03-01T10:00:00",
        "2024-03-01T12:00:00.5+02:00",
      ]),
      updated_at: "2024-03-01T10:00:02Z",
      attachments: [],
      files: [],
      ...(hasParents ? { parent_message_uuid: parent } : {}),
      ...more,
    });
    ids.push(uuid);
    return uuid;
  };
  const first = add(index % 2 === 0 ? null : rootSentinel, { text: " only text ", content: [] });
  const second = add(first, { content: blockMakers.map((make) => make(random)) });
  let tip = second;
  for (let step = 0; step < 4; step += 1) {
    tip = add(tip, { content: [blockMakers[(index + step) % blockMakers.length]?.(random)] });
  }
  add(tip, { content: [{ type: "text", text: "see attached" }], ...attachedFiles() });
  if (hasParents) {
    const edited = add(first, { content: [{ type: "text", text: "another answer" }] });
    add(edited, { content: [{ type: "text", text: "and its end" }] });
    if (index % 4 === 0) add(rootSentinel, { content: [{ type: "text", text: "a second root" }] });
    if (index % 5 === 0) add("never-exported", { content: [{ type: "text", text: "below nothing" }] });
    if (index % 7 === 0)
      add(tip, { sender: "moderator", content: [{ type: "text", text: "strange sender" }] });
  }
  if (index % 6 === 0) add(tip, { text: "no blocks at all", content: undefined });
  return messages;
}

function attachedFiles(): Record<string, Writable> {
  return {
    attachments: [
      { file_name: "", file_size: 12, file_type: "txt", extracted_content: "pasted text \n" },
      {
        file_name: "../a.pdf",
        file_size: new Verbatim("9007199254740993"),
        file_type: "pdf",
        extracted_content: "b",
      },
    ],
    files: [{ file_name: "photo.jpg", file_uuid: "f-1" }, { file_name: "without-id.png" }],
  };
}

function claudeMembers(conversations: readonly WrittenConversation[]): ZipMember[] {
  const json = (name: string, value: unknown): ZipMember => ({
    name,
    bytes: Buffer.from(JSON.stringify(value)),
  });
  const user = { uuid: accountId, full_name: "Mallory Example", email_address: "mallory@example.org" };
  const project = {
    uuid: "p-1",
    name: "Swifts",
    description: "",
    is_private: true,
    is_starter_project: false,
    prompt_template: "Be brief.",
    created_at: "2024-01-01T00:00:00Z",
    updated_at: "2024-01-01T00:00:00Z",
    creator: { uuid: accountId, full_name: "Mallory Example" },
    docs: [{ uuid: "d", filename: "notes.md", content: "# Notes", created_at: "2024-01-01T00:00:00Z" }],
  };
  return [
    { name: "conversations.json", bytes: conversationsFile(conversations) },
    json("users.json", [user]),
    json("projects.json", [project]),
    json("memories.json", [
      { account_uuid: accountId, conversations_memory: "Likes swifts.", project_memories: {} },
    ]),
  ];
}
