import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { writeZip } from "../fidelity/zip-writer.ts";
import type { ZipMember } from "../fidelity/zip-writer.ts";

/** One conversation as a person would remember it. */
export interface MadeConversation {
  title: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Taken in turns by the person and the assistant, the person first. */
  messages: readonly string[];
  model?: string;
  /** A citation beneath the last answer. */
  citation?: { title: string; url: string };
  /** A file that the person attached to the first message. */
  file?: { name: string; bytes: Uint8Array; mime: string };
  /** Another answer beside the last one, written before it. */
  otherAnswer?: string;
}

const owner = { id: "user-AlexExample00000000001", email: "alex@example.com", name: "Alex Example" };
const claudeAccount = "5a3d1e00-0000-4000-8000-0000000a1e00";

/** The two exports of one made-up person. The same conversations always give the same bytes. */
export function chatgptZip(conversations: readonly MadeConversation[]): Buffer {
  const files = conversations.flatMap(({ file }, index): ZipMember[] =>
    file === undefined
      ? []
      : [{ name: `${fileIdOf(index)}-${safeMemberName(file.name)}`, bytes: file.bytes, isStored: true }],
  );
  return writeZip([
    json(
      "conversations.json",
      conversations.map((conversation, index) => chatgptConversation(conversation, index)),
    ),
    json("user.json", { id: owner.id, email: owner.email, chatgpt_plus_user: true }),
    json("message_feedback.json", []),
    ...files,
  ]);
}

export function claudeZip(conversations: readonly MadeConversation[]): Buffer {
  return writeZip([
    json(
      "conversations.json",
      conversations.map((conversation, index) => claudeConversation(conversation, index)),
    ),
    json("users.json", [
      { uuid: claudeAccount, full_name: owner.name, email_address: owner.email, verified_phone_number: null },
    ]),
    json("projects.json", []),
  ]);
}

/** What both test accounts hold: two years, several months, text of every usual kind. */
export const sampleConversations: readonly MadeConversation[] = [
  {
    title: "Boat repair",
    startedAt: "2024-01-14T09:41:00Z",
    model: "gpt-4",
    messages: [
      "How do I mend a cracked plank?",
      "Dry it first. Then glue a batten behind the crack.",
      "Which glue?",
      "Epoxy keeps water out best.",
    ],
  },
  {
    title: "Ledger design",
    startedAt: "2024-01-20T18:05:00Z",
    model: "gpt-4o",
    messages: ["What is double entry?", "Every amount is written twice, once on each side."],
    otherAnswer: "A way of keeping books in balance.",
  },
  {
    title: "Swifts at night",
    startedAt: "2024-02-03T21:30:00Z",
    model: "gpt-4o",
    messages: ["Where do swifts sleep?", "On the wing, high above the towns."],
    citation: { title: "The Almanac of Small Things", url: "https://almanac.example/swifts" },
  },
  {
    title: "A short program",
    startedAt: "2025-03-08T07:15:00Z",
    model: "gpt-5",
    messages: [
      "Show me a loop and a formula.",
      "A loop:\n\n```ts\nfor (let i = 0; i < 3; i += 1) total += i;\n```\n\nA formula: $$a^2 + b^2 = c^2$$\n\n| n | square |\n| --- | --- |\n| 2 | 4 |",
    ],
  },
];

/** A UUID that is the same for the same words. */
export function uuidFrom(words: string): string {
  const hex = createHash("sha256").update(words).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Seconds, as ChatGPT writes times. */
function secondsOf(conversation: MadeConversation, place: number): number {
  return Date.parse(conversation.startedAt) / 1000 + place * 60;
}

function fileIdOf(index: number): string {
  return `file-Attached${String(index).padStart(6, "0")}`;
}

function safeMemberName(name: string): string {
  return name.replace(/[^A-Za-z0-9.]/g, "_").slice(0, 60);
}

function chatgptConversation(conversation: MadeConversation, index: number): object {
  const id = uuidFrom(`chatgpt/${index}/${conversation.title}`);
  const root = uuidFrom(`${id}/root`);
  const ids = conversation.messages.map((_, place) => uuidFrom(`${id}/${place}`));
  const mapping: Record<
    string,
    { id: string; message: object | null; parent: string | null; children: string[] }
  > = {
    [root]: { id: root, message: null, parent: null, children: [] },
  };
  const add = (node: string, parent: string, message: object): void => {
    mapping[node] = { id: node, message, parent, children: [] };
    mapping[parent]?.children.push(node);
  };
  const last = conversation.messages.length - 1;
  for (const [place, text] of conversation.messages.entries()) {
    const node = ids[place] ?? "";
    const parent = ids[place - 1] ?? root;
    if (place === last && conversation.otherAnswer !== undefined) {
      const other = uuidFrom(`${id}/other`);
      add(other, parent, chatgptMessage(conversation, index, place, other, conversation.otherAnswer));
    }
    add(node, parent, chatgptMessage(conversation, index, place, node, text));
  }
  return {
    title: conversation.title,
    create_time: secondsOf(conversation, 0),
    update_time: secondsOf(conversation, last),
    mapping,
    current_node: ids.at(-1) ?? root,
    conversation_id: id,
    id,
    is_archived: false,
    default_model_slug: conversation.model ?? "gpt-4o",
  };
}

function chatgptMessage(
  conversation: MadeConversation,
  index: number,
  place: number,
  id: string,
  text: string,
): object {
  const isAnswer = place % 2 === 1;
  const isLast = place === conversation.messages.length - 1;
  const { citation, file } = conversation;
  const metadata: Record<string, unknown> = isAnswer ? { model_slug: conversation.model ?? "gpt-4o" } : {};
  if (isAnswer && isLast && citation !== undefined) {
    metadata["citations"] = [
      {
        start_ix: 0,
        end_ix: text.length,
        citation_format_type: "tether_og",
        metadata: {
          type: "webpage",
          title: citation.title,
          url: citation.url,
          text: citation.title,
          pub_date: null,
        },
      },
    ];
  }
  if (place === 0 && file !== undefined) {
    metadata["attachments"] = [
      { id: fileIdOf(index), name: file.name, size: file.bytes.length, mime_type: file.mime },
    ];
  }
  return {
    id,
    author: { role: isAnswer ? "assistant" : "user", name: null, metadata: {} },
    create_time: secondsOf(conversation, place),
    update_time: null,
    content: { content_type: "text", parts: [text] },
    status: "finished_successfully",
    end_turn: isAnswer,
    weight: 1,
    metadata,
    recipient: "all",
    channel: null,
  };
}

function claudeConversation(conversation: MadeConversation, index: number): object {
  const id = uuidFrom(`claude/${index}/${conversation.title}`);
  const at = (place: number): string => new Date(secondsOf(conversation, place) * 1000).toISOString();
  const ids = conversation.messages.map((_, place) => uuidFrom(`${id}/${place}`));
  return {
    uuid: id,
    name: conversation.title,
    summary: "",
    created_at: at(0),
    updated_at: at(conversation.messages.length - 1),
    account: { uuid: claudeAccount },
    chat_messages: conversation.messages.map((text, place) => ({
      uuid: ids[place],
      text,
      content: [{ start_timestamp: at(place), stop_timestamp: at(place), type: "text", text, citations: [] }],
      sender: place % 2 === 0 ? "human" : "assistant",
      created_at: at(place),
      updated_at: at(place),
      attachments: [],
      files: [],
      parent_message_uuid: ids[place - 1] ?? "00000000-0000-4000-8000-000000000000",
    })),
  };
}

function json(name: string, value: unknown): ZipMember {
  return { name, bytes: Buffer.from(JSON.stringify(value), "utf8") };
}
