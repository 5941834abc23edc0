// All file access of the command line: what a person names, the owner's socket, and temporary copies of standard input.
import { createReadStream, createWriteStream } from "node:fs";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { ChattyError } from "@chatty/model";
import type { AttachmentDraft } from "@chatty/store";

const mimeTypes: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".gif": "image/gif",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".md": "text/markdown",
  ".mp3": "audio/mpeg",
  ".mp4": "video/mp4",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".txt": "text/plain",
  ".wav": "audio/wav",
  ".webm": "video/webm",
  ".webp": "image/webp",
};

/**
 * A file to attach. What lies in the vault is never opened: closing any descriptor of `lock.sqlite` would give the vault away.
 * @throws {ChattyError} PATH_NOT_FOUND, NOT_A_FILE, SOURCE_INSIDE_VAULT
 */
export async function describeFile(path: string, vaultRoot: string): Promise<AttachmentDraft> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw new ChattyError("PATH_NOT_FOUND", `There is nothing to read at ${path}.`, {
      hint: "Check the path; it must be a file that you may read.",
      where: { path },
      cause,
    });
  });
  if (!facts.isFile()) {
    throw new ChattyError("NOT_A_FILE", `${path} is not a file.`, {
      hint: "Attach files one by one, each with its own --file.",
      where: { path },
    });
  }
  const [real, root] = await Promise.all([realpath(path), realpath(vaultRoot).catch(() => vaultRoot)]);
  const known = await stat(join(root, "lock.sqlite")).catch(() => undefined);
  // By place, and for another name of the same file by what it is.
  if (real.startsWith(`${root}${sep}`) || (known?.ino === facts.ino && known.dev === facts.dev)) {
    throw new ChattyError("SOURCE_INSIDE_VAULT", `${path} lies in the vault itself.`, {
      hint: "Copy it somewhere else first, and attach the copy.",
      where: { path },
    });
  }
  // Opened and closed now, so that a file that cannot be read is told before anything is appended.
  await (await open(path, "r")).close();
  const mime = mimeTypes[extname(path).toLowerCase()];
  return { name: basename(path), ...(mime === undefined ? {} : { mime }), bytes: createLazyReader(path) };
}

/**
 * Refuses what is neither a file nor a folder, and says what it is. What is not there is left to whoever reads it.
 * @throws {ChattyError} SYMBOLIC_LINK, NOT_A_FILE
 */
export async function refuseSpecialFile(path: string): Promise<void> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined || facts.isFile() || facts.isDirectory()) return;
  const where = { path };
  if (facts.isSymbolicLink()) {
    const target = await realpath(path).catch(() => undefined);
    const named = target === undefined ? "what it points at, which is not there now" : target;
    throw new ChattyError("SYMBOLIC_LINK", `${path} is a symbolic link; links are never followed.`, {
      hint: `Name ${named}, or let the shell read it: \`chatty import - < FILE\`.`,
      where,
    });
  }
  const kind = facts.isFIFO() ? "pipe" : facts.isSocket() ? "socket" : "device";
  throw new ChattyError("NOT_A_FILE", `${path} is a ${kind}, not a file or a folder.`, {
    hint: "Standard input takes what comes from such a thing: `chatty import - < FILE`.",
    where,
  });
}

/** A private copy of a stream, for input that may have to be read twice. */
export interface SpooledInput {
  read(): AsyncIterable<Uint8Array>;
  remove(): Promise<void>;
}

export async function spoolInput(bytes: AsyncIterable<Uint8Array>): Promise<SpooledInput> {
  const folder = await makeTemporaryFolder();
  const path = join(folder, "input");
  try {
    await pipeline(bytes, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
  return { read: () => createLazyReader(path), remove: () => removeFolder(folder) };
}

/** A folder only this user can read. */
function makeTemporaryFolder(): Promise<string> {
  // mkdtemp makes it with mode 0700.
  return mkdtemp(join(tmpdir(), "chatty-"));
}

async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** Removes a file if it is there. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
}

/** Writes a stream under a temporary name and gives it its own name only when it is whole. */
export async function writeWholeFile(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await pipeline(bytes, createWriteStream(partial));
    await rename(partial, path);
  } catch (error) {
    await removeFile(partial);
    throw error;
  }
}

export async function writeTextFile(path: string, text: string): Promise<void> {
  await writeFile(path, text, "utf8");
}

export function readTextFile(path: string): Promise<string> {
  return readFile(path, "utf8");
}

/** What can be seen of a folder from outside; undefined where nothing is. */
export interface FolderFacts {
  isFolder: boolean;
  /** True when no other person on this machine can enter it; always true on Windows, which has no such bits. */
  isPrivate: boolean;
}

export async function examineFolder(path: string): Promise<FolderFacts | undefined> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined) return undefined;
  const isPrivate = process.platform === "win32" || (facts.mode & 0o077) === 0;
  return { isFolder: facts.isDirectory(), isPrivate };
}

/** Free bytes of the disk that a path lies on, or will lie on; undefined when the system does not say. */
export async function freeBytes(path: string): Promise<number | undefined> {
  for (let folder = path; ; folder = dirname(folder)) {
    const facts = await statfs(folder).catch(() => undefined);
    if (facts !== undefined) return facts.bavail * facts.bsize;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The one spelling of a path that every process agrees on; the path itself while it does not exist. */
export async function canonicalPath(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/** Lets only this user use a socket. */
export async function restrictToOwner(path: string): Promise<void> {
  await chmod(path, 0o600);
}

/**
 * Makes sure that `path` is a folder of this user that nobody else can enter. True when it is.
 * A link, another owner or open permissions are refused, because somebody may have put it there to wait for us.
 */
export async function ensurePrivateFolder(path: string, userNumber: number | undefined): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) return false;
  }
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined || !facts.isDirectory()) return false;
  return (userNumber === undefined || facts.uid === userNumber) && (facts.mode & 0o077) === 0;
}

async function* createLazyReader(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Uint8Array>;
}

/** True for a file that can be opened. */
export async function isReadableFile(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts?.isFile() === true;
}

/**
 * Bytes of each thing in a folder, whole folders taken together, largest first. Nothing is opened: a vault's lock may be among it.
 * What disappears meanwhile does not count.
 */
export async function measureFolder(path: string): Promise<{ name: string; bytes: number }[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const measured: { name: string; bytes: number }[] = [];
  for (const entry of entries) {
    measured.push({ name: entry.name, bytes: await bytesBelow(join(path, entry.name)) });
  }
  return measured.sort((a, b) => b.bytes - a.bytes);
}

async function bytesBelow(path: string): Promise<number> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined || !facts.isDirectory()) return facts?.size ?? 0;
  let bytes = 0;
  for (const name of await readdir(path).catch(() => [])) bytes += await bytesBelow(join(path, name));
  return bytes;
}
