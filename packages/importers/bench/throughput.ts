/** Prints how fast a generated ChatGPT export is read, and how much memory that takes. Usage: node bench/throughput.ts [MB] */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, createDeflateRaw } from "node:zlib";
import type { ByteSource } from "@chatty/model";
import { exportReader } from "../src/index.ts";

const megabytes = Number(process.argv[2] ?? 200);
const folder = await mkdtemp(join(tmpdir(), "chatty-bench-"));
try {
  const plain = join(folder, "conversations.json");
  await writeConversations(plain);
  await measure("JSON", plain);
  const archive = join(folder, "export.zip");
  await writeArchive(plain, archive);
  await measure("ZIP", archive);
} finally {
  await rm(folder, { recursive: true });
}

async function measure(label: string, path: string): Promise<void> {
  const handle = await open(path);
  const source: ByteSource = {
    name: label,
    size: (await handle.stat()).size,
    async read(offset, length) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
  };
  const before = process.memoryUsage().rss;
  let peak = before;
  const started = performance.now();
  const opened = await exportReader.open(source);
  let conversations = 0;
  let nodes = 0;
  for await (const record of opened.records(() => (peak = Math.max(peak, process.memoryUsage().rss)))) {
    if (record.kind !== "conversation") continue;
    conversations += 1;
    nodes += record.conversation.count.seen;
  }
  const seconds = (performance.now() - started) / 1000;
  const rate = Math.round(opened.totalBytes / 1e6 / seconds);
  const growth = Math.round((peak - before) / 2 ** 20);
  process.stdout.write(
    `${label}: ${conversations} conversations, ${nodes} nodes, ${rate} MB/s, +${growth} MiB\n`,
  );
  await handle.close();
}

async function writeConversations(path: string): Promise<void> {
  const file = createWriteStream(path);
  let written = 0;
  file.write("[");
  for (let index = 0; written < megabytes * 1e6; index += 1) {
    const text = `${index === 0 ? "" : ","}${JSON.stringify(makeConversation(index))}`;
    written += text.length;
    if (!file.write(text)) await once(file, "drain");
  }
  file.end("]");
  await once(file, "finish");
}

function makeConversation(index: number): object {
  const mapping: Record<string, object> = {
    root: { id: "root", message: null, parent: null, children: ["n0"] },
  };
  const count = 4 + (index % 40);
  for (let at = 0; at < count; at += 1) mapping[`n${at}`] = makeNode(index, at, count);
  return {
    title: `Conversation ${index} – größer`,
    create_time: 1_700_000_000 + index,
    update_time: 1_700_000_100.5 + index,
    mapping,
    current_node: `n${count - 1}`,
    conversation_id: createHash("sha256").update(String(index)).digest("hex").slice(0, 32),
  };
}

function makeNode(index: number, at: number, count: number): object {
  const words = createHash("sha512").update(`${index}.${at}`).digest("base64");
  const text = `${words} said "this"\n`.repeat(1 + ((index * 7 + at * 13) % 20));
  return {
    id: `n${at}`,
    parent: at === 0 ? "root" : `n${at - 1}`,
    children: at + 1 < count ? [`n${at + 1}`] : [],
    message: {
      id: `n${at}`,
      author: { role: at % 2 === 0 ? "user" : "assistant", name: null, metadata: {} },
      create_time: 1_700_000_000.25 + index + at,
      update_time: null,
      content: { content_type: "text", parts: [text] },
      status: "finished_successfully",
      end_turn: true,
      weight: 1,
      metadata: {
        model_slug: "gpt-4o",
        request_id: words.slice(0, 20),
        timestamp_: "absolute",
        citations: [],
      },
      recipient: "all",
    },
  };
}

/** Writes an archive of one deflated member. */
async function writeArchive(plain: string, path: string): Promise<void> {
  const name = Buffer.from("conversations.json");
  const input = await open(plain);
  const output = await open(path, "w");
  const header = Buffer.alloc(30);
  let compressed = 0;
  let size = 0;
  let crc = 0;
  const deflate = createDeflateRaw({ level: 6 });
  const draining = (async () => {
    for await (const chunk of deflate as AsyncIterable<Buffer>) {
      await output.write(chunk, 0, chunk.length, header.length + name.length + compressed);
      compressed += chunk.length;
    }
  })();
  const chunks: AsyncIterable<Buffer> = input.createReadStream({ highWaterMark: 1 << 20 });
  for await (const chunk of chunks) {
    crc = crc32(chunk, crc);
    size += chunk.length;
    if (!deflate.write(chunk)) await once(deflate, "drain");
  }
  deflate.end();
  await draining;
  header.writeUInt32LE(0x04034b50, 0);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(8, 4);
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(compressed, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(name.length, 22);
  fields.copy(header, 4);
  await output.write(Buffer.concat([header, name]), 0, header.length + name.length, 0);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 4);
  fields.copy(central, 6);
  const directory = Buffer.concat([central, name]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(header.length + name.length + compressed, 16);
  const tail = Buffer.concat([directory, end]);
  await output.write(tail, 0, tail.length, header.length + name.length + compressed);
  await output.close();
}
