import { createHash, randomBytes } from "node:crypto";

/** 256 random bits, as text that stands in a link or a cookie as it is. */
export function randomSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What is kept of a secret: enough to know it again, not enough to use it. */
export function secretHash(secret: string): string {
  return createHash("sha256").update(secret, "utf8").digest("base64url");
}
