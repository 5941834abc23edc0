import { join } from "node:path";
import { makeFolder, writeWholeFile } from "../local-files.ts";
import { chatgptMembers } from "./chatgpt-export.ts";
import { claudeMembers } from "./claude-export.ts";
import { createArchive } from "./demo-archive.ts";
import type { ArchiveMember } from "./demo-archive.ts";

export interface DemoSize {
  seed: string;
  /** Of both vendors together. */
  conversations: number;
}

export interface DemoArchive {
  name: string;
  /** The ZIP, made while it is read. */
  bytes: AsyncIterable<Uint8Array>;
}

/** The made-up exports. The same seed and number always give the same bytes. */
export function createDemoArchives(size: DemoSize, signal: AbortSignal): DemoArchive[] {
  const claudeCount = Math.floor(size.conversations * 0.4);
  const vendors = [
    { name: "chatty-demo-chatgpt.zip", count: size.conversations - claudeCount, members: chatgptMembers },
    { name: "chatty-demo-claude.zip", count: claudeCount, members: claudeMembers },
  ];
  return vendors
    .filter(({ count }) => count > 0)
    .map(({ name, count, members }) => ({
      name,
      bytes: { [Symbol.asyncIterator]: () => archiveBytes([...members(size.seed, count)], signal) },
    }));
}

/** Writes the made-up exports into a folder and says where they are. */
export async function writeDemo(size: DemoSize, folder: string, signal: AbortSignal): Promise<string[]> {
  await makeFolder(folder);
  const paths: string[] = [];
  for (const { name, bytes } of createDemoArchives(size, signal)) {
    const path = join(folder, name);
    await writeWholeFile(path, bytes);
    paths.push(path);
  }
  return paths;
}

async function* archiveBytes(
  members: readonly ArchiveMember[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of createArchive(members)) {
    signal.throwIfAborted();
    yield chunk;
  }
}
