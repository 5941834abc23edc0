import type { OpenFile } from "../files/port.ts";
import { readUpTo } from "../files/write-all.ts";
import { openLine } from "../log/chained-line.ts";
import type { BackupFile, BackupPiece } from "./backup-manifest.ts";
import type { ObjectStore } from "./object-store.ts";
import type { SnapshotMark } from "./vault-snapshot.ts";

const tailChunk = 64 * 1024;

/**
 * Keeps a file that only ever grows, up to the length that was synced at the moment of the snapshot and not a byte further.
 * Of a file that grew only what is new is read: the chain of its lines proves by one hash that what is before is what it was.
 * Pieces are joined as they get many, each at least twice as long as the next one, so that their number grows with the
 * logarithm of the length and every byte is written again a few times at most.
 * @returns undefined when the file does not hold what the snapshot says: it was replaced meanwhile, or it is damaged.
 */
export async function copyGrown(
  objects: ObjectStore,
  file: OpenFile,
  mark: SnapshotMark,
  earlier: BackupFile | undefined,
  signal: AbortSignal | undefined,
): Promise<BackupPiece[] | undefined> {
  if (file.size() < mark.length || !endsWith(file, mark.length, mark.hash)) return undefined;
  const kept = keptPieces(objects, file, mark, earlier);
  let from = kept.reduce((sum, piece) => sum + piece.length, 0);
  for (let last = kept.at(-1); last !== undefined && last.length < 2 * (mark.length - from);) {
    if (from === mark.length) break;
    kept.pop();
    from -= last.length;
    last = kept.at(-1);
  }
  if (from === mark.length) return kept;
  const piece = await objects.putRange(file, from, mark.length - from, signal);
  return piece === undefined ? undefined : [...kept, piece];
}

function keptPieces(
  objects: ObjectStore,
  file: OpenFile,
  mark: SnapshotMark,
  earlier: BackupFile | undefined,
): BackupPiece[] {
  if (earlier?.head === undefined || earlier.length > mark.length || earlier.length === 0) return [];
  if (!earlier.pieces.every((piece) => objects.has(piece))) return [];
  return endsWith(file, earlier.length, earlier.head) ? [...earlier.pieces] : [];
}

/** True when the line that ends at `length` is whole and has this hash. */
function endsWith(file: OpenFile, length: number, hash: string): boolean {
  if (length === 0) return hash === "";
  for (let size = tailChunk; ; size *= 4) {
    const from = Math.max(0, length - size);
    const bytes = readUpTo(file, from, length - from);
    if (bytes.length !== length - from || bytes.at(-1) !== 0x0a) return false;
    const before = bytes.length < 2 ? -1 : bytes.lastIndexOf(0x0a, bytes.length - 2);
    if (before === -1 && from > 0) continue;
    const opened = openLine(bytes.subarray(before + 1));
    return opened.kind === "sealed" && opened.body.hash === hash;
  }
}
