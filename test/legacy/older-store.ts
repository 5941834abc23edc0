import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathsIn } from "../vault/vault-files.ts";

/** Writes an older store into a folder. */
export function writeStore(root: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [path, content] of Object.entries(files)) {
    const absolute = join(root, path);
    mkdirSync(dirname(absolute), { recursive: true });
    writeFileSync(absolute, content);
  }
  return root;
}

/** SHA-256 of every file of a folder, by relative path. */
export function hashesIn(root: string): Map<string, string> {
  return new Map(pathsIn(root).map((path) => [path, sha256Of(readFileSync(join(root, path)))]));
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
