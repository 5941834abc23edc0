import { hash } from "node:crypto";
import type { JsonObject } from "@chatty/model";
import type { LineBytes } from "./line-bytes.ts";

/** `,"hash":"` + 64 hexadecimal digits + `"}`. */
const suffixLength = 9 + 64 + 2;
const openSuffix = Buffer.from(',"hash":"');
const newline = 0x0a;

/** A sealed line and its hash. */
export interface SealedLine {
  /** UTF-8 with the final newline. */
  readonly bytes: Buffer;
  /** 64 lower-case hexadecimal digits. */
  readonly hash: string;
}

/**
 * Seals one JSON line: appends `prev`, the hash of the line before it, and `hash`, the SHA-256 of the exact bytes of the line
 * up to `,"hash":"`. Loss, reordering and splicing of lines are therefore visible, and the line is still plain JSON.
 * The contract is `docs/formats/chained-lines.md`.
 */
export function sealLine(body: object, prev: string): SealedLine {
  const covered = coveredText(undefined, body, prev);
  const digest = hash("sha256", covered, "hex");
  return { bytes: Buffer.from(`${covered}${sealText(digest)}\n`, "utf8"), hash: digest };
}

/**
 * What the seal of a line covers: the line up to `,"hash":"`.
 * @param seq number of the line, in front of everything else; none when undefined.
 * @throws {TypeError} when the body brings a key that belongs to the seal
 */
export function coveredText(seq: number | undefined, body: object, prev: string): string {
  if ("prev" in body || "hash" in body)
    throw new TypeError("`prev` and `hash` belong to the seal of a line.");
  const fields = JSON.stringify(body).slice(1, -1);
  const number = seq === undefined ? "" : `"seq":${seq}${fields === "" ? "" : ","}`;
  return `{${number}${fields}${number === "" && fields === "" ? "" : ","}"prev":"${prev}"`;
}

/** Seals what was written since `start`, which is what the seal covers. @returns its hash */
export function sealWritten(into: LineBytes, start: number): string {
  const digest = into.digest(start);
  into.write(sealText(digest));
  return digest;
}

function sealText(digest: string): string {
  return `,"hash":"${digest}"}`;
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
  const written = line.toString("latin1", coveredEnd + openSuffix.length, end - 2);
  if (hash("sha256", line.subarray(0, coveredEnd), "hex") !== written) {
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
