import { ChattyError } from "./errors.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Owner of data; also the name of the user's folder. */
export type UserId = Branded<"UserId">;
/** `synth`, `lin`, or `{provider}-{handle}`. */
export type RuntimeId = Branded<"RuntimeId">;
/** `{slug}-{NNN}`, immutable. */
export type ConstructId = Branded<"ConstructId">;
/** Lower-case UUID. */
export type SessionId = Branded<"SessionId">;
/** Lower-case UUID. */
export type MessageId = Branded<"MessageId">;
/** Lower-case UUID of one run of an import. */
export type ImportId = Branded<"ImportId">;
/** 64 lower-case hexadecimal digits. */
export type Sha256 = Branded<"Sha256">;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const runtimePattern = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const constructPattern = /^[a-z0-9]+(?:-[a-z0-9]+)*-[0-9]{3}$/;
const sha256Pattern = /^[0-9a-f]{64}$/;
/** Keeps every path segment made from an id far below the 255 bytes a file name may have. */
const slugLimit = 64;

/** True for a lower-case RFC 9562 UUID of any version from 1 to 8. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

/** Checks a session id. @throws {ChattyError} INVALID_ID */
export function parseSessionId(text: string): SessionId {
  return checkId(text.toLowerCase(), uuidPattern, "session id", "a UUID") as SessionId;
}

/** Checks a message id. @throws {ChattyError} INVALID_ID */
export function parseMessageId(text: string): MessageId {
  return checkId(text.toLowerCase(), uuidPattern, "message id", "a UUID") as MessageId;
}

/** Checks a user id. @throws {ChattyError} INVALID_ID */
export function parseUserId(text: string): UserId {
  return checkId(text.toLowerCase(), uuidPattern, "user id", "a UUID") as UserId;
}

/** Checks an import id. @throws {ChattyError} INVALID_ID */
export function parseImportId(text: string): ImportId {
  return checkId(text.toLowerCase(), uuidPattern, "import id", "a UUID") as ImportId;
}

/** Checks a runtime id. @throws {ChattyError} INVALID_ID */
export function parseRuntimeId(text: string): RuntimeId {
  return checkId(
    text,
    runtimePattern,
    "runtime id",
    "lower-case letters, digits and single hyphens",
  ) as RuntimeId;
}

/** Checks a construct id (callsign). @throws {ChattyError} INVALID_ID */
export function parseConstructId(text: string): ConstructId {
  return checkId(
    text,
    constructPattern,
    "construct id",
    "a name, a hyphen and three digits, as in synth-001",
  ) as ConstructId;
}

/** Checks a SHA-256 in lower-case hexadecimal. @throws {ChattyError} INVALID_ID */
export function parseSha256(text: string): Sha256 {
  return checkId(text, sha256Pattern, "SHA-256", "64 hexadecimal digits") as Sha256;
}

/**
 * Makes a new time-ordered UUID, version 7 of RFC 9562: 48 bits of milliseconds, then random bits.
 * @param nowMs milliseconds since 1970 UTC; give it in tests only.
 */
export function createUuid(nowMs: number = Date.now()): string {
  const bytes = randomBytes();
  for (let index = 0; index < 6; index += 1) {
    bytes[index] = Math.floor(nowMs / 2 ** (8 * (5 - index))) % 256;
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  let hex = "";
  for (const byte of bytes) hex += hexOfByte[byte] ?? "";
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Turns any text into the slug of a runtime or construct id: lower-case ASCII letters, digits and hyphens.
 * Letters are decomposed first so that "Zoë" gives "zoe". May be empty; the caller picks a fallback.
 */
export function slugFromText(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, slugLimit)
    .replace(/^-+|-+$/g, "");
}

/** The deterministic slug of a runtime's home conversation. */
export function homeSlug(constructId: ConstructId): string {
  return `${constructId}_chat_with_${constructId}`;
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
/** Random bytes are drawn for many ids at a time: each draw is a call into the system. */
const drawnAtOnce = 4096;
let drawn = new Uint8Array(0);
let used = 0;

function randomBytes(): Uint8Array {
  if (used + 16 > drawn.length) {
    drawn = globalThis.crypto.getRandomValues(new Uint8Array(drawnAtOnce));
    used = 0;
  }
  const bytes = drawn.slice(used, used + 16);
  drawn.fill(0, used, used + 16);
  used += 16;
  return bytes;
}

function checkId(text: string, pattern: RegExp, what: string, form: string): string {
  if (text.length <= 128 && pattern.test(text)) return text;
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  throw new ChattyError("INVALID_ID", `${JSON.stringify(shown)} is not a ${what}.`, {
    hint: `Give ${form}.`,
  });
}
