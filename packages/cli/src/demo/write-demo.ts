import { join } from "node:path";
import { makeFolder, writeWholeFile } from "../local-files.ts";
import { chatgptMembers } from "./chatgpt-export.ts";
import { claudeMembers } from "./claude-export.ts";
import { createArchive } from "./demo-archive.ts";

export interface DemoOptions {
  seed: string;
  /** Of both vendors together. */
  conversations: number;
  folder: string;
  signal: AbortSignal;
}

/** Writes the made-up exports and says where they are. The same seed and number always give the same bytes. */
export async function writeDemo(options: DemoOptions): Promise<string[]> {
  const claudeCount = Math.floor(options.conversations * 0.4);
  const chatgptCount = options.conversations - claudeCount;
  const archives = [
    { name: "chatty-demo-chatgpt.zip", count: chatgptCount, members: chatgptMembers },
    { name: "chatty-demo-claude.zip", count: claudeCount, members: claudeMembers },
  ].filter(({ count }) => count > 0);
  await makeFolder(options.folder);
  const paths: string[] = [];
  for (const { name, count, members } of archives) {
    const path = join(options.folder, name);
    const archive = createArchive([...members(options.seed, count)]);
    await writeWholeFile(path, stoppable(archive, options.signal));
    paths.push(path);
  }
  return paths;
}

async function* stoppable(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    signal.throwIfAborted();
    yield chunk;
  }
}
