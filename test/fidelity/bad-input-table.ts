import { Buffer } from "node:buffer";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { hostileClaudeExport } from "./hostile-claude.ts";
import { conversationsFile, hostileChatgptExport } from "./hostile-export.ts";
import type { WrittenConversation } from "./hostile-export.ts";
import { writeZip } from "./zip-writer.ts";
import type { ZipMember } from "./zip-writer.ts";

export interface BadInput {
  name: string;
  file: string;
  bytes: () => Uint8Array;
  /**
   * `refused`: an error and an untouched vault. `salvaged`: kept in part, with problems. `either` of the two, or even
   * whole. `accepted`: it only looks bad.
   */
  outcome: "refused" | "salvaged" | "either" | "accepted";
  /** Conversations that have to be in the vault afterwards. */
  kept?: () => readonly WrittenConversation[];
  isLong?: boolean;
}

const mebibyte = 1024 * 1024;

function sound(seed: number, count = 3): readonly WrittenConversation[] {
  return hostileChatgptExport({ seed, count, isWhole: true }).conversations;
}

function soundMembers(seed: number): ZipMember[] {
  return hostileChatgptExport({ seed, count: 3, isWhole: true }).members;
}

/** A single ChatGPT conversation around one JSON value in a place where anything may stand. */
function conversationAround(id: string, text: string, extra = "null"): WrittenConversation {
  const raw = `{"conversation_id":"${id}","title":"${id}","create_time":1704067200,"current_node":"a","mapping":{"a":{"id":"a","parent":null,"children":[],"message":{"id":"a","author":{"role":"user"},"create_time":1704067200,"content":{"content_type":"text","parts":["${text}"]},"metadata":{"extra":${extra}}}}}}`;
  return { id, raw: Buffer.from(raw), isBroken: false };
}

const deepLists = "[".repeat(100_000) + "]".repeat(100_000);
const longMessage = "fifty megabytes of words, one message. ".repeat(Math.ceil((50 * mebibyte) / 39));

function zipOf(members: readonly ZipMember[]): () => Uint8Array {
  return () => writeZip(members);
}

function withConversations(member: Partial<ZipMember>, seed: number): () => Uint8Array {
  return () => writeZip([{ name: "conversations.json", bytes: conversationsFile(sound(seed)), ...member }]);
}

const jsonBytes = (text: string): Uint8Array => Buffer.from(text, "utf8");

export const badInputs: readonly BadInput[] = [
  { name: "an empty file", file: "empty.json", bytes: () => Buffer.alloc(0), outcome: "refused" },
  { name: "white space alone", file: "space.json", bytes: () => jsonBytes(" \n\t "), outcome: "refused" },
  {
    name: "prose",
    file: "prose.txt",
    bytes: () => jsonBytes("Dear diary, today nothing."),
    outcome: "refused",
  },
  { name: "an empty object", file: "object.json", bytes: () => jsonBytes("{}"), outcome: "refused" },
  { name: "a number", file: "number.json", bytes: () => jsonBytes("42"), outcome: "refused" },
  { name: "a list of numbers", file: "numbers.json", bytes: () => jsonBytes("[1,2,3]"), outcome: "refused" },
  {
    name: "JSON of something else",
    file: "package.json",
    bytes: () => jsonBytes('{"name":"x","version":"1.0.0","messages":{"hello":"Hello"}}'),
    outcome: "refused",
  },
  {
    name: "a picture",
    file: "a.png",
    bytes: () => Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1"),
    outcome: "refused",
  },
  { name: "nothing but NULs", file: "nuls.json", bytes: () => Buffer.alloc(4096), outcome: "refused" },
  {
    name: "depth 100,000 and nothing else",
    file: "deep.json",
    bytes: () => jsonBytes(deepLists),
    outcome: "refused",
  },
  {
    name: "an unclosed depth of 100,000",
    file: "deep-open.json",
    bytes: () => jsonBytes('[{"mapping":{"a":'.repeat(100_000)),
    outcome: "refused",
  },
  {
    name: "one conversation of depth 100,000 among sound ones",
    file: "deep-inside.json",
    bytes: () => conversationsFile([conversationAround("deep-1", "deep", deepLists), ...sound(41)]),
    outcome: "either",
    kept: () => sound(41),
  },
  {
    name: "a list that ends in the middle of a conversation",
    file: "half.json",
    bytes: () => {
      const whole = conversationsFile(sound(42));
      return whole.subarray(0, whole.length - 500);
    },
    outcome: "salvaged",
    kept: () => sound(42).slice(0, 2),
  },
  {
    name: "a list whose end became NULs",
    file: "nul-end.json",
    bytes: () => {
      const whole = conversationsFile(sound(43));
      return Buffer.concat([whole.subarray(0, whole.length - 500), Buffer.alloc(500)]);
    },
    outcome: "salvaged",
    kept: () => sound(43).slice(0, 2),
  },
  {
    name: "UTF-16, little end first",
    file: "utf16le.json",
    bytes: () => Buffer.from(`\uFEFF${conversationsFile(sound(44)).toString("utf8")}`, "utf16le"),
    outcome: "either",
  },
  {
    name: "UTF-16, big end first",
    file: "utf16be.json",
    bytes: () => Buffer.from(`\uFEFF${conversationsFile(sound(45)).toString("utf8")}`, "utf16le").swap16(),
    outcome: "either",
  },
  {
    name: "a byte order mark",
    file: "bom.json",
    bytes: () => Buffer.concat([jsonBytes("\uFEFF"), conversationsFile(sound(46))]),
    outcome: "accepted",
    kept: () => sound(46),
  },
  {
    name: "a message with bytes that are no UTF-8",
    file: "latin1.json",
    bytes: () =>
      Buffer.from(conversationAround("latin-1", "caf\xe9 \xff\xfe").raw.toString("utf8"), "latin1"),
    outcome: "either",
  },
  {
    name: "a message of 50 MB",
    file: "long.json",
    bytes: () => conversationsFile([conversationAround("long-1", longMessage), ...sound(47)]),
    outcome: "either",
    kept: () => sound(47),
  },
  { name: "an empty archive", file: "empty.zip", bytes: zipOf([]), outcome: "refused" },
  {
    name: "an archive without conversations",
    file: "photos.zip",
    bytes: zipOf([{ name: "photo.jpg", bytes: Buffer.from("jpeg") }]),
    outcome: "refused",
  },
  {
    name: "an archive cut in half",
    file: "cut.zip",
    bytes: () => {
      const whole = writeZip(soundMembers(48));
      return whole.subarray(0, Math.floor(whole.length / 2));
    },
    outcome: "either",
  },
  {
    name: "an archive without its last byte",
    file: "cut-1.zip",
    bytes: () => writeZip(soundMembers(49)).subarray(0, -1),
    outcome: "either",
  },
  {
    name: "an encrypted archive",
    file: "locked.zip",
    bytes: withConversations({ isEncrypted: true }, 50),
    outcome: "refused",
  },
  { name: "a wrong checksum", file: "crc.zip", bytes: withConversations({ crc: 1 }, 51), outcome: "either" },
  {
    name: "a damaged picture beside sound conversations",
    file: "picture.zip",
    bytes: () =>
      writeZip([
        { name: "conversations.json", bytes: conversationsFile(sound(60)) },
        { name: "file-Found00001-tree.png", bytes: Buffer.from("no picture"), crc: 7 },
      ]),
    outcome: "either",
    kept: () => sound(60),
  },
  {
    name: "one damaged part of two",
    file: "part.zip",
    bytes: () =>
      writeZip([
        { name: "conversations-000.json", bytes: conversationsFile(sound(61)) },
        { name: "conversations-001.json", bytes: conversationsFile(sound(62)), crc: 7 },
      ]),
    outcome: "either",
  },
  {
    name: "a member that is longer than it says",
    file: "liar.zip",
    bytes: withConversations({ claimedSize: 10 }, 52),
    outcome: "either",
  },
  {
    name: "a member that says it holds 4 GB",
    file: "boaster.zip",
    bytes: withConversations({ claimedSize: 0xfffffffe }, 53),
    outcome: "either",
  },
  {
    name: "conversations that are a symbolic link",
    file: "link.zip",
    bytes: zipOf([
      { name: "conversations.json", bytes: Buffer.from("/etc/passwd"), isSymlink: true, isStored: true },
    ]),
    outcome: "refused",
  },
  {
    name: "a symbolic link beside sound conversations",
    file: "link-beside.zip",
    bytes: () =>
      writeZip([
        ...soundMembers(54),
        {
          name: "My export 2024/file-link.png",
          bytes: Buffer.from("../../../secret"),
          isSymlink: true,
          isStored: true,
        },
      ]),
    outcome: "either",
  },
  ...["../escaped.json", "/escaped.json", "C:\\escaped.json", "a/../../escaped.json"].map((name, index) => ({
    name: `a member called ${name}`,
    file: `path-${index}.zip`,
    bytes: zipOf([...soundMembers(55), { name, bytes: Buffer.from("[]") }]),
    outcome: "either" as const,
  })),
  {
    name: "two members of one name",
    file: "twice.zip",
    bytes: zipOf([
      { name: "conversations.json", bytes: conversationsFile(sound(56)) },
      { name: "conversations.json", bytes: conversationsFile(sound(57)) },
    ]),
    outcome: "either",
  },
  {
    name: "conversations of two vendors in one archive",
    file: "mixed.zip",
    bytes: zipOf([
      { name: "chatgpt/conversations.json", bytes: conversationsFile(sound(58)) },
      {
        name: "claude/conversations.json",
        bytes: conversationsFile(hostileClaudeExport({ seed: 58, count: 3 }).conversations),
      },
    ]),
    outcome: "either",
  },
  {
    name: "a bomb of 1 GB in 1 MB",
    file: "bomb.zip",
    bytes: () => writeZip([{ name: "conversations.json", bytes: Buffer.alloc(1024 * mebibyte, " ") }]),
    outcome: "refused",
    isLong: true,
  },
];

const fixtures = join(import.meta.dirname, "..", "..", "..", "shared", "fixtures");

/** Each vendor that is recognised and not read yet, and how a message may name it. */
const vendors: Record<string, RegExp> = {
  aistudio: /ai studio/i,
  "claude-code": /claude code/i,
  codex: /codex/i,
  deepseek: /deepseek/i,
  "gemini-cli": /gemini cli/i,
  "gemini-takeout": /gemini|takeout|my activity/i,
  grok: /grok/i,
  librechat: /librechat/i,
  openwebui: /open ?webui/i,
};

/** The shared files of vendors without an importer; none where the fixtures are not beside the checkout. */
export function foreignFixtures(): { path: string; name: string; vendor: RegExp }[] {
  return Object.entries(vendors).flatMap(([folder, vendor]) => {
    const path = join(fixtures, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .sort()
      .map((file) => ({ path: join(path, file), name: `${folder}/${file}`, vendor }));
  });
}
