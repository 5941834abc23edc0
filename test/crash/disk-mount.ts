// Small disks of their own: in memory, or an ext4 image. Needs root, and leaves nothing mounted.
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

export type DiskKind = "tmpfs" | "ext4";

/** A mounted disk. */
export interface SmallDisk {
  /** Where it is mounted. */
  folder: string;
  /** Takes room away until about so many bytes are left. */
  fillUpTo: (freeBytes: number) => void;
  /** Gives that room back. */
  makeRoom: () => void;
  /** Bytes that are free. */
  free: () => number;
  /** Mounts an image anew, which drops what the page cache says; nothing for a disk in memory. */
  remount: () => void;
  unmount: () => void;
}

/** Why there can be no disks here; false when there can. */
export function reasonWithoutDisks(): string | false {
  if (process.platform !== "linux") return "mounting small disks is made for Linux";
  if (process.getuid?.() !== 0) return "mounting needs root";
  const folder = mkdtempSync(join(tmpdir(), "chatty-disk-"));
  try {
    if (!succeeds("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]))
      return "mounting is not allowed here";
    succeeds("umount", [folder]);
    return succeeds("mkfs.ext4", ["-V"]) ? false : "there is no mkfs.ext4";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a disk and mounts it; it is unmounted and removed when the test ends, however it ends. */
export function mountDisk(context: TestContext, kind: DiskKind, sizeBytes: number): SmallDisk {
  const base = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "chatty-disk-"));
  const folder = join(base, "mounted");
  mkdirSync(folder);
  const disk = mountAt(folder, kind, sizeBytes, join(base, "image"));
  context.after(() => {
    disk.unmount();
    rmSync(base, { recursive: true, force: true, maxRetries: 3 });
  });
  return disk;
}

/** As {@link mountDisk}, with the image where the caller wants it; the caller unmounts. */
export function mountAt(folder: string, kind: DiskKind, sizeBytes: number, image: string): SmallDisk {
  if (kind === "ext4") {
    writeFileSync(image, "");
    truncateSync(image, sizeBytes);
    run("mkfs.ext4", ["-q", "-F", "-b", "4096", "-m", "0", "-E", "lazy_itable_init=0,nodiscard", image]);
  }
  let isMounted = false;
  const mount = (): void => {
    if (kind === "ext4") run("mount", ["-o", "loop", image, folder]);
    else run("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes},mode=700`, "tmpfs", folder]);
    isMounted = true;
  };
  const unmount = (): void => {
    if (!isMounted) return;
    isMounted = false;
    if (!succeeds("umount", [folder])) run("umount", ["-l", folder]);
  };
  mount();
  const ballast = join(folder, "ballast");
  const free = (): number => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  return {
    folder,
    free,
    fillUpTo: (freeBytes) => {
      const descriptor = openSync(ballast, "a");
      try {
        while (free() > freeBytes)
          writeSync(descriptor, Buffer.alloc(Math.min(64 * 1024, free() - freeBytes)));
      } catch {
        // Full to the last byte, which is what was asked for.
      } finally {
        closeSync(descriptor);
      }
    },
    makeRoom: () => rmSync(ballast, { force: true }),
    remount: () => {
      if (kind !== "ext4") return;
      unmount();
      mount();
    },
    unmount,
  };
}

function succeeds(program: string, words: readonly string[]): boolean {
  return spawnSync(program, words, { stdio: "ignore" }).status === 0;
}

function run(program: string, words: readonly string[]): void {
  const ended = spawnSync(program, words, { encoding: "utf8" });
  if (ended.status !== 0) throw new Error(`${program} ${words.join(" ")}: ${ended.stderr}`);
}
