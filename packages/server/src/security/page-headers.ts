import { randomBytes } from "node:crypto";

/** The part of a reply that headers are put on; a reply itself would count as a promise that nobody waits for. */
export interface HeaderSink {
  headers(values: Record<string, string>): unknown;
}

export function setHeaders(reply: HeaderSink, values: Record<string, string>): void {
  reply.headers(values);
}

export function createNonce(): string {
  return randomBytes(18).toString("base64");
}

/** What a page may load. Without a nonce no style but those of our own files. */
export function contentPolicy(nonce?: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    nonce === undefined ? "style-src 'self'" : `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** For bytes that came from somebody else: shown or played, never run. */
export const fileContentPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";

/** Headers of every answer. */
export const safeHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentPolicy(),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
  "cache-control": "no-store",
};
