import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createRandom } from "../fidelity/seeded-random.ts";
import type { SeededRandom } from "../fidelity/seeded-random.ts";
import { zipChunks } from "../fidelity/zip-writer.ts";
import type { ZipMember } from "../fidelity/zip-writer.ts";

export interface BigVaultSize {
  /** Imported conversations. */
  conversations: number;
  /** Messages of the one long native conversation. */
  messages: number;
}

export interface BigVault {
  runtimeId: string;
  /** The long conversation. */
  longSessionId: string;
  importSeconds: number;
  appendSeconds: number;
}

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");
const perShard = 5000;
const words =
  "harbour lantern orchard granite willow ledger compass meadow copper violin thistle anchor paper river chimney saddle amber kettle marble falcon".split(
    " ",
  );

/** Fills a data home that nobody serves: one import of many small conversations, and one long conversation. */
export async function makeBigVault(home: string, size: BigVaultSize, folder: string): Promise<BigVault> {
  const archive = join(folder, "big-export.zip");
  await writeSmallConversations(archive, size.conversations);
  const importStart = performance.now();
  const { imports } = (await chatty(home, ["import", archive])) as { imports: { runtimeId: string }[] };
  const importSeconds = (performance.now() - importStart) / 1000;
  const { session } = (await chatty(home, [
    "sessions",
    "new",
    "--runtime",
    "synth",
    "--title",
    "The long one",
  ])) as {
    session: { sessionId: string };
  };
  const appendStart = performance.now();
  await chatty(home, ["append", session.sessionId, "--lines"], messageLines(size.messages));
  return {
    runtimeId: imports[0]?.runtimeId ?? "",
    longSessionId: session.sessionId,
    importSeconds,
    appendSeconds: (performance.now() - appendStart) / 1000,
  };
}

/** Text of message `index` of the long conversation. */
export function longMessage(index: number): string {
  const random = createRandom(index + 1);
  const length = index % 2 === 0 ? 6 + random.below(20) : 20 + random.below(120);
  const body = Array.from({ length }, () => random.pick(words)).join(" ");
  const extra = index % 97 === 1 ? "\n\n```ts\nconst answer = 42;\nconsole.log(answer);\n```" : "";
  return `Message ${index}: ${body}.${extra}`;
}

async function writeSmallConversations(path: string, count: number): Promise<void> {
  const members = function* (): Generator<ZipMember> {
    for (let from = 0, shard = 0; from < count; from += perShard, shard += 1) {
      const random = createRandom(shard + 7);
      const texts = Array.from({ length: Math.min(perShard, count - from) }, (_, index) =>
        smallConversation(random, from + index, count),
      );
      const number = String(shard).padStart(3, "0");
      yield { name: `conversations-${number}.json`, bytes: Buffer.from(`[${texts.join(",\n")}]`) };
    }
    yield {
      name: "user.json",
      bytes: Buffer.from('{"id":"user-big","email":"big@example.org","chatgpt_plus_user":true}'),
    };
  };
  await pipeline(Readable.from(zipChunks(members())), createWriteStream(path));
}

/** Spread over nine years, two messages each. */
function smallConversation(random: SeededRandom, index: number, count: number): string {
  const id = random.uuid();
  const started = 1_483_228_800 + Math.floor((index / count) * 9 * 365 * 86_400);
  const root = random.uuid();
  const question = random.uuid();
  const answer = random.uuid();
  const message = (key: string, role: string, place: number): object => ({
    id: key,
    author: { role, name: null, metadata: {} },
    create_time: started + place * 60,
    update_time: null,
    content: {
      content_type: "text",
      parts: [Array.from({ length: 12 }, () => random.pick(words)).join(" ")],
    },
    status: "finished_successfully",
    end_turn: role === "assistant",
    weight: 1,
    metadata: role === "assistant" ? { model_slug: "gpt-4o" } : {},
    recipient: "all",
  });
  return JSON.stringify({
    title: `${random.pick(words)} ${random.pick(words)} ${index}`,
    create_time: started,
    update_time: started + 120,
    mapping: {
      [root]: { id: root, message: null, parent: null, children: [question] },
      [question]: { id: question, message: message(question, "user", 1), parent: root, children: [answer] },
      [answer]: { id: answer, message: message(answer, "assistant", 2), parent: question, children: [] },
    },
    current_node: answer,
    conversation_id: id,
    id,
    is_archived: false,
    default_model_slug: "gpt-4o",
  });
}

function* messageLines(count: number): Generator<string> {
  for (let index = 0; index < count; index += 1) {
    yield `${JSON.stringify({ role: index % 2 === 0 ? "user" : "assistant", content: longMessage(index) })}\n`;
  }
}

/** Runs the real program with `--json`; what is printed for lines of input is not kept. */
async function chatty(home: string, args: readonly string[], input?: Iterable<string>): Promise<unknown> {
  const child = spawn(process.execPath, [program, "--home", home, ...args, "--json"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => {
    if (input === undefined) chunks.push(chunk);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  await pipeline(Readable.from(input ?? []), child.stdin);
  const code = await ended;
  if (code !== 0 && code !== 3)
    throw new Error(`chatty ${args.join(" ")} ended with ${code}: ${Buffer.concat(chunks).toString()}`);
  return input === undefined ? (JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown) : undefined;
}
