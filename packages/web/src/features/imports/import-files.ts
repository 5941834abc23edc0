import { importFile } from "./upload-store.ts";

/** Imports each of the files; they go side by side, and the server reads one after the other. */
export function importFiles(files: readonly File[]): void {
  for (const file of files) {
    importFile(file).catch(() => {
      // Told where it happened.
    });
  }
}
