import { isJsonObject } from "@chatty/model";
import { storageError } from "../files/error-code.ts";
import { absolutePath, layout } from "../files/layout.ts";
import { readWholeFile } from "../files/write-all.ts";
import { hashFile } from "../imports/archive-bytes.ts";
import type { ImportContext } from "../imports/import-context.ts";
import type { VerifyReport } from "../views.ts";

/**
 * Proves every kept original of an older store, and every list of a migration, against the hash that is its name, and that what a list
 * names is there. Changes nothing.
 * @returns how many files were looked at, and what is wrong with them.
 */
export async function verifyLegacyOriginals({
  storage,
  user,
}: Pick<ImportContext, "storage" | "user">): Promise<{ files: number; problems: VerifyReport["problems"] }> {
  const folder = layout.legacy(user);
  const problems: VerifyReport["problems"] = [];
  const whole = new Set<string>();
  const lists: string[] = [];
  for (const { name } of storage.files.list(absolutePath(storage.root, folder))) {
    const sha256 = /^([0-9a-f]{64})(?:\.json)?$/.exec(name)?.[1];
    if (sha256 === undefined) continue;
    const path = `${folder}/${name}`;
    const absolute = absolutePath(storage.root, path);
    try {
      const file = storage.files.open(absolute, "read");
      const size = file.size();
      try {
        if ((await hashFile(file)) === sha256) {
          whole.add(name);
          if (name !== sha256) lists.push(path);
          continue;
        }
      } finally {
        file.close();
      }
      const message = "A kept original does not hold what was copied: its bytes do not match its name.";
      problems.push({ code: "ARCHIVE_DAMAGED", path, from: 0, to: size, message });
    } catch (error) {
      problems.push({
        code: "ARCHIVE_UNREADABLE",
        path,
        message: storageError(error, "read", absolute).message,
      });
    }
    // Listed already; a list that names it need not tell it again.
    whole.add(name);
  }
  for (const list of lists) {
    for (const { path, sha256 } of filesOf(readWholeFile(storage.files, absolutePath(storage.root, list)))) {
      if (whole.has(sha256)) continue;
      whole.add(sha256);
      const message = `The kept original of ${JSON.stringify(path)} is not there.`;
      problems.push({ code: "ARCHIVE_MISSING", path: `${folder}/${sha256}`, message });
    }
  }
  return { files: whole.size, problems };
}

/** The files that a list names; its bytes were proven before. */
function filesOf(bytes: Uint8Array | undefined): { path: string; sha256: string }[] {
  const list: unknown = JSON.parse(Buffer.from(bytes ?? "{}").toString("utf8"));
  const files = isJsonObject(list) ? list["files"] : undefined;
  if (!Array.isArray(files)) return [];
  return files.flatMap((file) => {
    const [path, sha256] = isJsonObject(file) ? [file["path"], file["sha256"]] : [];
    return typeof path === "string" && typeof sha256 === "string" ? [{ path, sha256 }] : [];
  });
}
