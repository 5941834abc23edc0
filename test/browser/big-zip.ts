import { createHash, randomFillSync } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { zipChunks } from "../fidelity/zip-writer.ts";
import type { ZipMember } from "../fidelity/zip-writer.ts";
import { sampleConversations, uuidFrom } from "./vendor-exports.ts";

/**
 * Writes a ChatGPT export of about so many bytes: a few conversations, and pictures that no compression makes smaller.
 * @returns SHA-256 of the file, in hexadecimal digits
 */
export async function writeBigZip(path: string, bytes: number): Promise<string> {
  const pictureBytes = 4_000_000;
  const members = function* (): Generator<ZipMember> {
    yield { name: "conversations.json", bytes: Buffer.from(JSON.stringify(conversations())) };
    yield {
      name: "user.json",
      bytes: Buffer.from('{"id":"user-Uploads","email":"uploads@example.com","chatgpt_plus_user":true}'),
    };
    for (let left = bytes, index = 0; left > 0; left -= pictureBytes, index += 1) {
      const picture = randomFillSync(Buffer.alloc(Math.min(left, pictureBytes)));
      yield {
        name: `file-Picture${String(index).padStart(6, "0")}-view.png`,
        bytes: picture,
        isStored: true,
      };
    }
  };
  const hash = createHash("sha256");
  await pipeline(
    Readable.from(zipChunks(members())),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path),
  );
  return hash.digest("hex");
}

function conversations(): object[] {
  return sampleConversations.map(({ title, startedAt, messages }) => {
    const id = uuidFrom(`big/${title}`);
    const at = Date.parse(startedAt) / 1000;
    const ids = messages.map((_, place) => uuidFrom(`${id}/${place}`));
    return {
      title,
      create_time: at,
      update_time: at + 60,
      mapping: Object.fromEntries<object>(
        messages.map((text, place) => [
          ids[place] ?? "",
          {
            id: ids[place],
            parent: ids[place - 1] ?? null,
            children: ids[place + 1] === undefined ? [] : [ids[place + 1]],
            message: {
              id: ids[place],
              author: { role: place % 2 === 0 ? "user" : "assistant", name: null, metadata: {} },
              create_time: at + place,
              content: { content_type: "text", parts: [text] },
              weight: 1,
              metadata: {},
              recipient: "all",
            },
          },
        ]),
      ),
      current_node: ids.at(-1),
      conversation_id: id,
      id,
    };
  });
}
