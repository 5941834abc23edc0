import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { absolutePath, layout } from "../files/layout.ts";
import { writeAll } from "../files/write-all.ts";
import { chunksOf, makeDurableDirectory } from "../imports/archive-bytes.ts";
import { writeFolderZip } from "../imports/folder-zip.ts";
import type { UserContext } from "../user/user-context.ts";
import type { ImportReceipt } from "../views.ts";
import type { KeptOriginal, KeptOriginals } from "./kept-originals.ts";

/** Member that says what the archive is; the reader of exports knows it by this name. */
const manifestName = "chatty-legacy.json";

/**
 * Imports conversations that an older Chatty had taken over from a vendor, by the same way as every export: packed into an archive
 * whose bytes depend on theirs alone, which is kept, referenced and accounted for. Done twice it is the same archive, and nothing changes.
 * @param construct whose they are; its imports share a runtime.
 * @throws {ChattyError} what an import throws
 */
export async function importLegacyFiles(
  context: UserContext,
  originals: KeptOriginals,
  construct: string,
  files: readonly KeptOriginal[],
  signal: AbortSignal | undefined,
): Promise<ImportReceipt> {
  const { storage, user } = context;
  const staging = absolutePath(storage.root, layout.staging(user));
  makeDurableDirectory(storage.files, staging);
  const base = join(staging, `${randomBytes(8).toString("hex")}.legacy`);
  const [manifest, zip] = [`${base}.json`, `${base}.zip`];
  try {
    const described = Buffer.from(
      `${JSON.stringify({ format: "chatty-legacy", version: 1, construct: construct.replace(/-001$/, "") })}\n`,
    );
    writeFile(context, manifest, described);
    const entries = [
      { name: manifestName, path: manifest, size: described.length },
      ...files.map(({ path, sha256, size }) => ({ name: path, path: originals.pathOf(sha256), size })),
    ];
    const target = storage.files.open(zip, "create");
    try {
      await writeFolderZip(entries, { files: storage.files, target, signal });
    } finally {
      target.close();
    }
    const source = storage.files.open(zip, "read");
    try {
      return await context.imports.run(
        { kind: "stream", name: `older conversations of ${construct}`, bytes: chunksOf(source) },
        { source: "legacy", select: false, ...(signal === undefined ? {} : { signal }) },
      );
    } finally {
      source.close();
    }
  } finally {
    storage.files.remove(manifest);
    storage.files.remove(zip);
  }
}

function writeFile({ storage }: UserContext, path: string, bytes: Uint8Array): void {
  const file = storage.files.open(path, "create");
  try {
    writeAll(file, bytes, 0);
  } finally {
    file.close();
  }
}
