import { Buffer } from "node:buffer";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { zipChunks } from "../fidelity/zip-writer.ts";
import type { ZipMember } from "../fidelity/zip-writer.ts";

const words =
  "the swift sleeps on the wing above towns whose roofs it will never touch because air is its only bed and rain a road".split(
    " ",
  );

export interface BenchExport {
  jsonBytes: number;
  conversations: number;
  nodes: number;
}

/**
 * Writes a plain ChatGPT export of about `megabytes` MB of JSON, the same for every run, and says what is in it.
 * @param options.grownEvery every so many conversations have one more message than without it.
 */
export async function writeBenchExport(
  path: string,
  megabytes: number,
  shards: number,
  options: { grownEvery?: number } = {},
): Promise<BenchExport> {
  const total: BenchExport = { jsonBytes: 0, conversations: 0, nodes: 0 };
  const members = function* (): Generator<ZipMember> {
    for (let shard = 0; shard < shards; shard += 1) {
      const bytes = shardBytes(
        createRandom(shard + 1),
        (megabytes * 1_000_000) / shards,
        total,
        options.grownEvery,
      );
      total.jsonBytes += bytes.length;
      const number = String(shard).padStart(3, "0");
      yield { name: shards === 1 ? "conversations.json" : `conversations-${number}.json`, bytes };
    }
    yield { name: "user.json", bytes: Buffer.from('{"id":"user-bench","email":"bench@example.org"}') };
  };
  await pipeline(Readable.from(zipChunks(members())), createWriteStream(path));
  return total;
}

function shardBytes(
  random: SeededRandom,
  wantedBytes: number,
  total: BenchExport,
  grownEvery: number | undefined,
): Buffer {
  const chunks: Buffer[] = [Buffer.from("[")];
  let length = 2;
  while (length < wantedBytes) {
    const isGrown = grownEvery !== undefined && total.conversations % grownEvery === 0;
    const text = conversationText(random, total, isGrown);
    const chunk = Buffer.from(chunks.length === 1 ? text : `,${text}`);
    chunks.push(chunk);
    length += chunk.length;
  }
  chunks.push(Buffer.from("]"));
  return Buffer.concat(chunks);
}

/** Lengths as people's exports have them: most conversations are short, some are very long. */
function conversationText(random: SeededRandom, total: BenchExport, isGrown: boolean): string {
  const id = random.uuid();
  const count = 4 + Math.floor(40 * random.next() ** 3) * 2;
  const started = 1_672_531_200 + random.below(90_000_000);
  const keys = Array.from({ length: count }, () => random.uuid());
  const nodes = keys.map((key, place): NodeEntry => {
    const children = keys[place + 1];
    const message = place === 0 ? null : messageFields(key, place, started, random);
    return [
      key,
      {
        id: key,
        message,
        parent: keys[place - 1] ?? null,
        children: children === undefined ? [] : [children],
      },
    ];
  });
  if (isGrown) addMessage(nodes, `${id.slice(0, -4)}aaaa`, count, started);
  total.conversations += 1;
  total.nodes += nodes.length;
  return JSON.stringify({
    title: sentence(random, 4),
    create_time: started + 0.25,
    update_time: started + count * 60,
    mapping: Object.fromEntries(nodes) as object,
    current_node: keys.at(-1),
    conversation_id: id,
    id,
    is_archived: false,
    default_model_slug: "gpt-4o",
  });
}

type NodeEntry = [
  key: string,
  node: { id: string; message: object | null; parent: string | null; children: string[] },
];

/** The same text every time, so that everything else is the same with it and without it. */
function addMessage(nodes: NodeEntry[], id: string, place: number, started: number): void {
  const [parent, last] = nodes.at(-1) ?? [];
  if (parent === undefined || last === undefined) throw new TypeError("A conversation has a node.");
  last.children.push(id);
  nodes.push([id, { id, message: messageFields(id, place, started, createRandom(1)), parent, children: [] }]);
}

function messageFields(id: string, place: number, started: number, random: SeededRandom): object {
  const isAnswer = place % 2 === 0;
  return {
    id,
    author: { role: isAnswer ? "assistant" : "user", name: null, metadata: {} },
    create_time: started + place * 60 + 0.125,
    update_time: null,
    content: { content_type: "text", parts: [sentence(random, isAnswer ? 250 : 40)] },
    status: "finished_successfully",
    end_turn: isAnswer,
    weight: 1,
    metadata: isAnswer
      ? {
          model_slug: "gpt-4o",
          finish_details: { type: "stop", stop_tokens: [200_002] },
          request_id: id,
          pad: "AAAAAAAA",
        }
      : { request_id: id, timestamp_: "absolute" },
    recipient: "all",
  };
}

function sentence(random: SeededRandom, length: number): string {
  return Array.from({ length }, () => random.pick(words)).join(" ");
}
