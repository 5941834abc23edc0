import type { FilePort, OpenFile } from "../files/port.ts";

/** Mistakes that a store can make with its files, put around the file system: what it would then be told. */
export const plantedFaults: Readonly<Record<string, (files: FilePort) => FilePort>> = {
  /** A write that took fewer bytes is taken for a whole one. */
  "ignores a short count": (files) =>
    withFiles(files, (file) => ({
      ...file,
      writeAt: (bytes, position) => {
        file.writeAt(bytes, position);
        return bytes.length;
      },
    })),
  /** What was written is acknowledged, whatever the sync says. */
  "acknowledges before the sync": (files) =>
    withFiles(files, (file) => ({
      ...file,
      sync: async () => {
        await Promise.resolve();
      },
      syncNow: () => undefined,
    })),
  /** A sync that failed is tried again and then believed, as the page cache would have it. */
  "retries a failed sync": (files) => withFiles(files, retrying),
  /** A rename that failed is passed over. */
  "swallows a failed rename": (files) => ({
    ...files,
    rename: (from, to) => {
      try {
        files.rename(from, to);
      } catch {
        // The mistake.
        return;
      }
    },
  }),
};

function withFiles(files: FilePort, around: (file: OpenFile) => OpenFile): FilePort {
  return { ...files, open: (path, mode) => around(files.open(path, mode)) };
}

function retrying(file: OpenFile): OpenFile {
  return {
    ...file,
    sync: async () => {
      try {
        await file.sync();
      } catch {
        // The mistake: after a failed sync the next one says yes, and the bytes were dropped all the same.
        return;
      }
    },
  };
}
