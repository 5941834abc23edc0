// A disk that a virtual machine writes to and that is looked at after its power was cut: an image with ext4, mounted by the host.
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";

/** Why no image can be mounted on this machine. */
export function reasonWithoutDisks(): string | false {
  if (process.platform !== "linux") return "images are mounted on Linux only";
  if (process.getuid?.() !== 0) return "mounting an image needs root";
  if (!existsSync("/dev/loop-control")) return "there are no loop devices";
  const make = spawnSync("mkfs.ext4", ["-V"], { stdio: "ignore" });
  return make.status === 0 ? false : "mkfs.ext4 is not there (Debian: apt-get install e2fsprogs)";
}

function run(command: string, ...words: readonly string[]): void {
  const done = spawnSync(command, words, { encoding: "utf8" });
  if (done.status !== 0)
    throw new Error(`${command} ${words.join(" ")}: ${done.stderr}${done.error?.message ?? ""}`);
}

/** @param sizeBytes of the whole disk @returns the image's path */
export function makeDisk(folder: string, sizeBytes: number): string {
  const image = join(folder, "disk.img");
  const descriptor = openSync(image, "w", 0o600);
  ftruncateSync(descriptor, sizeBytes);
  closeSync(descriptor);
  run("mkfs.ext4", "-q", "-F", "-m", "0", image);
  return image;
}

/** Mounts an image, which replays its journal as a start after a power cut would, and unmounts it whatever happens. */
export async function onDisk<Value>(
  image: string,
  work: (mounted: string) => Promise<Value>,
): Promise<Value> {
  const place = `${image}.mounted`;
  mkdirSync(place, { recursive: true });
  run("mount", "-o", "loop", image, place);
  try {
    return await work(place);
  } finally {
    run("umount", place);
  }
}
