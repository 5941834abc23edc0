import { hash } from "node:crypto";
import type { JsonObject } from "@chatty/model";

/** `,"hash":"` + 64 hexadecimal digits + `"}`. */
const suffixLength = 9 + 64 + 2;
const openSuffix = Buffer.from(',"hash":"');
const newline = 0x0a;

/** A sealed line and its hash. */
export interface SealedLine {
  /** The line without its newline. */
  readonly text: string;
  /** 64 lower-case hexadecimal digits. */
  readonly hash: string;
  /** Bytes of UTF-8 with the final newline. */
  readonly length: number;
  /** UTF-8 with the final newline; made anew each time. */
  readonly bytes: Buffer;
}

/**
 * Seals one JSON line: appends `prev`, the hash of the line before it, and `hash`, the SHA-256 of the exact bytes of the line
 * up to `,"hash":"`. Loss, reordering and splicing of lines are therefore visible, and the line is still plain JSON.
 * The contract is `docs/formats/chained-lines.md`.
 */
export function sealLine(body: object, prev: string): SealedLine {
  const fields = fieldsOf(body);
  return sealText(`{${fields}${fields === "" ? "" : ","}"prev":"${prev}"`);
}

/** As {@link sealLine}, with the number of the line in front of everything else. */
export function sealNumbered(seq: number, body: object, prev: string): SealedLine {
  const fields = fieldsOf(body);
  return sealText(`{"seq":${seq},${fields}${fields === "" ? "" : ","}"prev":"${prev}"`);
}

/** JSON of an object's fields. @throws {TypeError} when it brings one that belongs to the seal */
function fieldsOf(body: object): string {
  if ("prev" in body || "hash" in body)
    throw new TypeError("`prev` and `hash` belong to the seal of a line.");
  return JSON.stringify(body).slice(1, -1);
}

/** Seals a JSON object that was put together as text, with `prev` as its last key and without its closing brace. */
export function sealText(covered: string): SealedLine {
  const digest = hash("sha256", covered, "hex");
  const text = `${covered},"hash":"${digest}"}`;
  return new SealedText(text, digest);
}

/** Most lines are written as text among others; only few are needed as bytes of their own. */
class SealedText implements SealedLine {
  readonly text: string;
  readonly hash: string;
  readonly length: number;

  constructor(text: string, digest: string) {
    this.text = text;
    this.hash = digest;
    this.length = Buffer.byteLength(text, "utf8") + 1;
  }

  get bytes(): Buffer {
    return Buffer.from(`${this.text}\n`, "utf8");
  }
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
