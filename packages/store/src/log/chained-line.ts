import { createHash } from "node:crypto";
import type { JsonObject } from "@chatty/model";

/** `,"hash":"` + 64 hexadecimal digits + `"}`. */
const suffixLength = 9 + 64 + 2;
const openSuffix = Buffer.from(',"hash":"');
const newline = 0x0a;

/** A sealed line and its hash. */
export interface SealedLine {
  /** UTF-8 bytes with the final newline. */
  bytes: Buffer;
  /** 64 lower-case hexadecimal digits. */
  hash: string;
}

/**
 * Seals one JSON line: appends `prev`, the hash of the line before it, and `hash`, the SHA-256 of the exact bytes of the line
 * up to `,"hash":"`. Loss, reordering and splicing of lines are therefore visible, and the line is still plain JSON.
 * The contract is `docs/formats/chained-lines.md`.
 */
export function sealLine(body: object, prev: string): SealedLine {
  const text = JSON.stringify({ ...body, prev });
  const covered = text.slice(0, -1);
  const hash = createHash("sha256").update(covered, "utf8").digest("hex");
  return { bytes: Buffer.from(`${covered},"hash":"${hash}"}\n`, "utf8"), hash };
}

/** Why a line is not a sealed line. */
export type LineFault = "empty" | "no-newline" | "no-hash" | "wrong-hash" | "not-json";

export type OpenedLine<Body> =
  | { kind: "sealed"; body: Body & { prev: string; hash: string } }
  | { kind: "fault"; fault: LineFault };

/**
 * Opens one line. Checks only the line itself; whether `prev` fits the line before is the caller's business.
 * @param bytes the line including its newline.
 */
export function openLine<Body = JsonObject>(bytes: Uint8Array): OpenedLine<Body> {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (line.length === 0) return { kind: "fault", fault: "empty" };
  if (line[line.length - 1] !== newline) return { kind: "fault", fault: "no-newline" };
  const end = line.length - 1;
  const coveredEnd = end - suffixLength;
  if (coveredEnd < 1 || !line.subarray(coveredEnd, coveredEnd + openSuffix.length).equals(openSuffix)) {
    return { kind: "fault", fault: "no-hash" };
  }
  const hash = line.toString("latin1", coveredEnd + openSuffix.length, end - 2);
  if (createHash("sha256").update(line.subarray(0, coveredEnd)).digest("hex") !== hash) {
    return { kind: "fault", fault: "wrong-hash" };
  }
  try {
    return {
      kind: "sealed",
      body: JSON.parse(line.toString("utf8", 0, end)) as Body & { prev: string; hash: string },
    };
  } catch {
    return { kind: "fault", fault: "not-json" };
  }
}
