import { cookieLifeMs } from "./sign-in.ts";

/** The `Set-Cookie` header of a signed-in browser. Not `Secure`: loopback is plain HTTP, and browsers differ about that there. */
export function signedInCookie(name: string, value: string, maxAgeSeconds = cookieLifeMs / 1000): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict`;
}
