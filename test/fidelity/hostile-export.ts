import { Buffer } from "node:buffer";
import { makeConversation, writeConversation } from "./hostile-conversation.ts";
import type { HostileConversation } from "./hostile-conversation.ts";
import type { ZipMember } from "./zip-writer.ts";

/** One element of `conversations.json`, exactly as written there. */
export interface WrittenConversation {
  /** The conversation's own id; elements may share one. */
  id: string;
  raw: Buffer;
  /** True for the element that no parser can read. */
  isBroken: boolean;
}

/** An export and what is known about it. */
export interface HostileExport {
  members: ZipMember[];
  conversations: WrittenConversation[];
}

export interface HostileOptions {
  seed: number;
  /** 200 when absent. */
  count?: number;
  /** Leaves out what makes classification ambiguous: the broken element, the repeated id, the absent shard. */
  isWhole?: boolean;
  /** `user.json`; absent: one fixed account. Null: the export does not say whose it is. */
  account?: { id: string; email: string } | null;
}

/** The picture that `file-service://file-Found00001` points at. */
export const foundPicture = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+M8AAAMBAQAY3Y2wAAAAAElFTkSuQmCC",
  "base64",
);
const shardCount = 4;
const byteOrderMark = "\uFEFF";

/** The conversations of a hostile export before they are written. */
export function hostileConversations(seed: number, count: number): HostileConversation[] {
  return Array.from({ length: count }, (_, index) => makeConversation(seed, index));
}

/** A ChatGPT export with everything that has ever gone wrong in one; the same seed gives the same bytes. */
export function hostileChatgptExport(options: HostileOptions): HostileExport {
  const conversations = hostileConversations(options.seed, options.count ?? 200);
  const isWhole = options.isWhole ?? false;
  const repeated = conversations[19];
  const last = conversations.at(-1);
  if (!isWhole && repeated !== undefined && last !== undefined) last.id = repeated.id;
  return chatgptExportOf(conversations, options);
}

/** Puts conversations into shards inside a wrapper folder, with the files that lie beside them. */
export function chatgptExportOf(
  conversations: readonly HostileConversation[],
  options: Omit<HostileOptions, "seed">,
): HostileExport {
  const isWhole = options.isWhole ?? false;
  const written = conversations.map((conversation) => writtenConversation(conversation));
  if (!isWhole) written.splice(Math.floor(written.length / 2), 0, brokenConversation());
  const perShard = Math.ceil(written.length / shardCount);
  const shards = Array.from({ length: shardCount }, (_, index) => ({
    name: `conversations-${String(index).padStart(3, "0")}.json`,
    bytes: shardBytes(written.slice(index * perShard, (index + 1) * perShard), index),
  }));
  const listed = shards.map((shard) => shard.name);
  if (!isWhole) listed.push(`conversations-${String(shardCount).padStart(3, "0")}.json`);
  const members = [...shards, ...sidecars(listed, options.account)];
  return {
    members: members.map((member) => ({ ...member, name: `My export 2024/${member.name}` })),
    conversations: written,
  };
}

/** The bytes of a bare `conversations.json`. */
export function conversationsFile(conversations: readonly WrittenConversation[]): Buffer {
  return shardBytes(conversations, 0);
}

function writtenConversation(conversation: HostileConversation): WrittenConversation {
  return { id: conversation.id, raw: Buffer.from(writeConversation(conversation), "utf8"), isBroken: false };
}

/** Balanced brackets around a token that is no JSON. */
function brokenConversation(): WrittenConversation {
  const raw =
    '{"title":"Broken","conversation_id":"broken-1","mapping":{"a":{"id":"a","parent":null,"message":{"content":tru}}}}';
  return { id: "broken-1", raw: Buffer.from(raw, "utf8"), isBroken: true };
}

function shardBytes(elements: readonly WrittenConversation[], index: number): Buffer {
  const separators = [",", ",\n", " ,\r\n\t", "\n,\n"];
  const chunks: Buffer[] = [
    Buffer.from(`${index % 2 === 1 ? byteOrderMark : ""}[${index === 2 ? "\n \t" : ""}`),
  ];
  elements.forEach((element, place) => {
    if (place > 0) chunks.push(Buffer.from(separators[(place + index) % separators.length] ?? ","));
    chunks.push(element.raw);
  });
  chunks.push(Buffer.from(index === 3 ? "\r\n]\r\n" : "]"));
  return Buffer.concat(chunks);
}

function sidecars(shards: readonly string[], account: HostileOptions["account"]): ZipMember[] {
  const json = (name: string, value: unknown): ZipMember => ({
    name,
    bytes: Buffer.from(JSON.stringify(value)),
  });
  const owner = account === undefined ? { id: "user-Hostile1", email: "mallory@example.org" } : account;
  const manifest = {
    version: 1,
    manifest_file: "export_manifest.json",
    export_files: shards.map((path) => ({ path, size_bytes: 1 })),
    logical_files: { "conversations.json": { files: shards, sharded: true } },
  };
  return [
    json("export_manifest.json", manifest),
    ...(owner === null ? [] : [json("user.json", { ...owner, chatgpt_plus_user: true, phone_number: null })]),
    json("message_feedback.json", [
      {
        id: "f",
        conversation_id: "c",
        user_id: "user-Hostile1",
        rating: "thumbs_up",
        content: "{}",
        create_time: "x",
      },
    ]),
    json("shared_conversations.json", []),
    json("conversation_asset_file_names.json", { "file_0a1b2c.dat": "a/b/recording.wav" }),
    { name: "chat.html", bytes: Buffer.from("<html><script>var jsonData = [];</script></html>") },
    { name: "file-Found00001-tree.png", bytes: foundPicture, isStored: true },
    // Shares its beginning with the pointer of another file and must not be taken for it.
    {
      name: "file-Found000011-other.png",
      bytes: Buffer.concat([foundPicture, foundPicture]),
      isStored: true,
    },
    { name: "file_0a1b2c.dat", bytes: Buffer.from("RIFF\0\0\0\0WAVEfmt "), isStored: true },
    { name: "dalle-generations/file-Unused-1.webp", bytes: Buffer.from("RIFF") },
    { name: "unheard_of.json", bytes: Buffer.from("{}") },
  ];
}
