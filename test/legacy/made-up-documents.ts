// Documents made by the grammars of the formats, with texts that look like structure.
import type { Role } from "@chatty/model";
import type { SeededRandom } from "../fidelity/seeded-random.ts";

export interface MadeUpDocument {
  path: string;
  text: string;
  /** Role, text and milliseconds; null where the document names no instant. */
  messages: [role: Role, content: string, ms: number | null][];
}

const pieces = [
  "plain words",
  "---",
  "## heading",
  "## January 1, 2020 in words",
  "Aria said:",
  "You said: no",
  "Note: this",
  "**Bold**: text",
  "# title",
  "-=-=-=-",
  "<!-- IMPORT_METADATA",
  '{"role":"user","content":"x"}',
  "  spaces  ",
  "ünïcödé 👩‍🚀",
  "[2025-01-01] no head",
  "**09:00 - short clock**: no",
  "> quoted",
  "",
];

const zones = ["UTC", "GMT", "EST", "PST", "CET"];

/** A text without empty lines at its ends, so that where it ends is certain. */
export function makeText(random: SeededRandom, quotedHead: string): string {
  const parts = Array.from({ length: 1 + random.below(6) }, () => random.pick(pieces));
  if (random.below(4) === 0) parts.push("```", "", quotedHead, "", "```");
  const first = random.pick(["start", "start", "```js\nx\n```"]);
  return [first, ...parts, "end"].join(random.below(2) === 0 ? "\n" : "\n\n");
}

export function makeDocument(random: SeededRandom): MadeUpDocument {
  return random.pick([makeVault, makeUtc, makeServer, makeLines, makeCharacter])(random);
}

function makeVault(random: SeededRandom): MadeUpDocument {
  const messages: MadeUpDocument["messages"] = [];
  let text = "# A title\n\n-=-=-=-\n\n";
  let day = 1;
  for (let index = 0; index < 1 + random.below(8); index += 1) {
    if (index === 0 || random.below(3) === 0) {
      day += 1;
      text += `\n## March ${day}, 2025\n\n`;
    }
    const zone = random.pick(zones);
    const content = makeText(random, "**11:11:11 AM UTC - You**: quoted");
    const isUser = random.below(2) === 0;
    const minute = random.below(60);
    text += `**03:${String(minute).padStart(2, "0")}:09 PM ${zone} - ${isUser ? "You" : "Aria"}**: ${content}\n\n`;
    const ms = zone === "UTC" || zone === "GMT" ? Date.UTC(2025, 2, day, 15, minute, 9) : null;
    messages.push([isUser ? "user" : "assistant", content, ms]);
  }
  return { path: "instances/aria-001/chatty/made.md", text, messages };
}

function makeUtc(random: SeededRandom): MadeUpDocument {
  const messages: MadeUpDocument["messages"] = [];
  let text = "# A title\n\n";
  for (let index = 0; index < 1 + random.below(8); index += 1) {
    const content = makeText(random, "[2025-01-01 10:00:00 UTC] **User**: quoted");
    const isUser = random.below(2) === 0;
    text += `[2025-03-04 05:06:${String(index).padStart(2, "0")} UTC] **${isUser ? "User" : "Assistant"}**: ${content}\n\n`;
    messages.push([isUser ? "user" : "assistant", content, Date.UTC(2025, 2, 4, 5, 6, index)]);
  }
  return { path: "instances/aria-001/chatty/made.md", text, messages };
}

function makeServer(random: SeededRandom): MadeUpDocument {
  const messages: MadeUpDocument["messages"] = [];
  let text = "# A title";
  for (let index = 0; index < 1 + random.below(8); index += 1) {
    const content = makeText(random, "**User** (2025-01-01T10:00:00Z):");
    const isUser = random.below(2) === 0;
    text += `\n\n---\n\n**${isUser ? "User" : "Aria"}** (2025-03-04T05:06:${String(index).padStart(2, "0")}Z):\n\n${content}`;
    messages.push([isUser ? "user" : "assistant", content, Date.UTC(2025, 2, 4, 5, 6, index)]);
  }
  return { path: "instances/aria-001/chatty/made.md", text, messages };
}

function makeLines(random: SeededRandom): MadeUpDocument {
  const messages: MadeUpDocument["messages"] = [];
  let text = `${JSON.stringify({ metadata: {}, version: "1.0", chat_id: "made", timestamp: 1_700_000_000 })}\n`;
  for (let index = 0; index < 1 + random.below(8); index += 1) {
    const content = makeText(random, '{"id":"m","role":"user","content":"quoted"}');
    const role: Role = random.pick(["user", "assistant", "system", "tool"] as const);
    const seconds = 1_700_000_000 + random.below(1_000_000);
    const stamp = [undefined, seconds, seconds * 1000][random.below(3)];
    text += `${JSON.stringify({ id: `m${index}`, role, content, timestamp: stamp })}\n`;
    messages.push([role, content, stamp === undefined ? null : seconds * 1000]);
  }
  return { path: "chats/made.jsonl", text, messages };
}

function makeCharacter(random: SeededRandom): MadeUpDocument {
  const messages: MadeUpDocument["messages"] = [];
  let text = `${JSON.stringify({ user_name: "Pat", character_name: "Zed", create_date: "x", chat_metadata: { chat_id: "made" } })}\n`;
  for (let index = 0; index < 1 + random.below(8); index += 1) {
    const content = makeText(random, '{"name":"Pat","is_user":true,"mes":"quoted"}');
    const isUser = random.below(2) === 0;
    const others = isUser
      ? []
      : Array.from({ length: random.below(3) }, (_, other) => `other ${index}.${other}`);
    text += `${JSON.stringify({
      name: isUser ? "Pat" : "Zed",
      is_user: isUser,
      send_date: "June 5, 2024 3:07pm",
      mes: content,
      ...(others.length === 0 ? {} : { swipes: [content, ...others], swipe_id: 0 }),
    })}\n`;
    for (const other of others) messages.push(["assistant", other, null]);
    messages.push([isUser ? "user" : "assistant", content, Date.UTC(2024, 5, 5, 15, 7)]);
  }
  return { path: "chats/Zed/made.jsonl", text, messages };
}

/** Cuts, fills, doubles or moves a stretch, as torn writes and careless hands do. */
export function damage(random: SeededRandom, bytes: Buffer): Buffer {
  const from = random.below(bytes.length + 1);
  const to = from + random.below(Math.min(60, bytes.length - from) + 1);
  const [before, stretch, after] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
  switch (random.below(6)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, Buffer.alloc(stretch.length), after]);
    case 3:
      return Buffer.concat([before, stretch, stretch, after]);
    case 4:
      return Buffer.concat([before, Buffer.from([0xff, 0xc3, 0x28]), after]);
    default:
      return Buffer.concat([before, Buffer.from("\n\nsomething else entirely\n\n"), after]);
  }
}
