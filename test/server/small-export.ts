import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** A Claude export of one account, as its `conversations.json` alone. The same words give the same bytes. */
export function smallExport(titles: readonly string[], account = "one"): Buffer {
  const conversations = titles.map((title, index) => ({
    uuid: uuidOf(`${account} ${title}`),
    name: title,
    created_at: `2024-0${1 + (index % 9)}-03T10:00:00.000000Z`,
    updated_at: `2024-0${1 + (index % 9)}-03T10:05:00.000000Z`,
    account: { uuid: uuidOf(account) },
    chat_messages: ["human", "assistant"].map((sender, place) => ({
      uuid: uuidOf(`${account} ${title} ${place}`),
      text: `${sender} on ${title}`,
      content: [{ type: "text", text: `${sender} on ${title}` }],
      sender,
      created_at: `2024-0${1 + (index % 9)}-03T10:0${place}:00.000000Z`,
      updated_at: `2024-0${1 + (index % 9)}-03T10:0${place}:00.000000Z`,
      attachments: [],
      files: [],
    })),
  }));
  return Buffer.from(JSON.stringify(conversations), "utf8");
}

function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
