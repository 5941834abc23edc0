import { join } from "node:path";
import { isReadableFile } from "./local-files.ts";

/** Folder of the built page: beside this program when it was installed, in the page's package in a checkout. Undefined before it is built. */
export async function webPagePlace(): Promise<string | undefined> {
  const program = join(import.meta.dirname, "..");
  for (const folder of [join(program, "page"), join(program, "..", "web", "dist")]) {
    if (await isReadableFile(join(folder, "index.html"))) return folder;
  }
  return undefined;
}
