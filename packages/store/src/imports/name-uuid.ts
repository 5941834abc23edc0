import { createHash } from "node:crypto";
import type { MessageId, SessionId } from "@chatty/model";

/**
 * The name-based UUID (version 5 of RFC 9562) of a name in a namespace: the same two always give the same one.
 * @param namespace a UUID.
 */
export function nameUuid(namespace: string, name: string): string {
  const digest = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name, "utf8")
    .digest()
    .subarray(0, 16);
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * The session id of an imported conversation.
 * @param namespace that of the runtime, fixed at its first import.
 * @param conversation the source's own id.
 */
export function importedSessionId(namespace: string, conversation: string): SessionId {
  return nameUuid(namespace, `session:${conversation}`) as SessionId;
}

/** The message id of a node of an imported conversation; both ids are the source's own. */
export function importedMessageId(namespace: string, conversation: string, node: string): MessageId {
  return nameUuid(namespace, `node:${conversation}\u0000${node}`) as MessageId;
}
