import type { SeededRandom } from "./damage-random.ts";
import type { MadeJournal } from "./damage-journals.ts";
import type { PiecedFile } from "./damage-pieces.ts";

/** What a disk, a file system, a sync tool or an editor does to files. */
export type DamageKind = (typeof damageKinds)[number];

export const damageKinds = [
  "bit flipped",
  "bytes overwritten",
  "block zeroed",
  "tail of NULs",
  "end cut off",
  "beginning cut off",
  "piece cut out",
  "newline lost",
  "block repeated",
  "block moved inside",
  "block swapped between files",
  "block of another file over it",
  "files swapped",
  "another file in its place",
  "file gone",
  "edited by hand",
  "line removed",
  "junk inserted",
] as const;

/** Damages the files. @returns false when the draw changes nothing. */
export function damage(
  kind: DamageKind,
  random: SeededRandom,
  files: readonly PiecedFile[],
  journals: readonly MadeJournal[],
): boolean {
  const index = random.below(files.length);
  const file = files[index];
  const other = files[(index + 1 + random.below(Math.max(1, files.length - 1))) % files.length];
  const journal = journals[index];
  if (file === undefined || other === undefined || journal === undefined || file.length === 0) return false;
  const at = random.below(file.length);
  const line = random.pick(journal.lines);
  const block = random.pick([1, 16, 64, 512, 512, 4096]);
  const range = { from: at, to: Math.min(file.length, at + 1 + random.below(block)) };
  const aligned = (length: number): number => Math.floor(random.below(length) / 512) * 512;
  switch (kind) {
    case "bit flipped":
      file.overwrite(at, at + 1, (bytes) => Buffer.from([(bytes[0] ?? 0) ^ (1 << random.below(8))]));
      return true;
    case "bytes overwritten":
      file.overwrite(range.from, range.to, (bytes) => bytes.map(() => random.below(256)) as Buffer);
      return true;
    case "block zeroed": {
      const from = aligned(file.length);
      file.overwrite(from, Math.min(file.length, from + 512 * (1 + random.below(3))), (bytes) =>
        bytes.fill(0),
      );
      return true;
    }
    case "tail of NULs":
      if (random.below(2) === 0) file.overwrite(at, file.length, (bytes) => bytes.fill(0));
      else file.replace(file.length, file.length, [{ bytes: Buffer.alloc(1 + random.below(4096)) }]);
      return true;
    case "end cut off":
      file.replace(random.below(3) === 0 ? line.start : at, file.length, []);
      return true;
    case "beginning cut off":
      file.replace(0, random.below(3) === 0 ? line.end : at + 1, []);
      return true;
    case "piece cut out":
      file.replace(range.from, range.to, []);
      return true;
    case "newline lost":
      if (random.below(2) === 0) file.replace(line.end - 1, line.end, []);
      else file.overwrite(line.end - 1, line.end, () => Buffer.from([random.pick([0, 0x20, 0x0b, 0x2a])]));
      return true;
    case "block repeated":
      file.replace(range.to, range.to, file.slice(range.from, range.to));
      return true;
    case "block moved inside": {
      const moved = file.slice(range.from, range.to);
      file.replace(range.from, range.to, []);
      const to = random.below(2) === 0 ? Math.min(line.start, file.length) : random.below(file.length + 1);
      file.replace(to, to, moved);
      return true;
    }
    case "block swapped between files": {
      if (other === file || other.length === 0) return false;
      const from = aligned(Math.min(file.length, other.length));
      const length = 512 * (1 + random.below(4));
      const [mine, theirs] = [file.slice(from, from + length), other.slice(from, from + length)];
      file.replace(from, Math.min(file.length, from + length), theirs);
      other.replace(from, Math.min(other.length, from + length), mine);
      return true;
    }
    case "block of another file over it": {
      if (other === file) return false;
      const from = aligned(Math.min(file.length, other.length));
      const theirs = other.slice(from, from + 512 * (1 + random.below(4)));
      const length = theirs.reduce((sum, { bytes }) => sum + bytes.length, 0);
      file.replace(from, Math.min(file.length, from + length), theirs);
      return length > 0;
    }
    case "files swapped": {
      if (other === file) return false;
      const [mine, theirs] = [file.slice(0, file.length), other.slice(0, other.length)];
      file.replace(0, file.length, theirs);
      other.replace(0, other.length, mine);
      return true;
    }
    case "another file in its place":
      if (other === file) return false;
      file.replace(0, file.length, other.slice(0, other.length));
      return true;
    case "file gone":
      file.replace(0, file.length, []);
      return true;
    case "edited by hand": {
      const text = file.bytes.toString("latin1");
      const word = text.indexOf('"content":"', at);
      if (word === -1) return false;
      file.replace(word + 11, word + 11, [{ bytes: Buffer.from("my own words ") }]);
      return true;
    }
    case "line removed":
      file.replace(line.start, line.end, []);
      return true;
    case "junk inserted":
      file.replace(at, at, [
        { bytes: Buffer.from(random.pick(["\n", "{}\n", "garbage", '{"seq":5,"kind":"note"}\n'])) },
      ]);
      return true;
  }
}
