import { createHash } from "node:crypto";
import { isChattyError } from "@chatty/model";
import type { MessageId, SessionId } from "@chatty/model";
import type { UserVault } from "../user-vault.ts";
import { absent } from "./fault-world.ts";
import type { FactReader } from "./fault-world.ts";

/** The value of a thing that is there, whole. */
export const whole = "there, whole";

export interface SaidMessage {
  id: MessageId;
  content: string;
}

/** A reader for which a thing whose session is not there is not there either. */
function inSession(read: FactReader): FactReader {
  return async (user) => {
    try {
      return await read(user);
    } catch (error) {
      if (isChattyError(error, "SESSION_NOT_FOUND")) return absent;
      throw error;
    }
  };
}

/** Messages that were appended together: all of them, or none. */
export function messagesIn(session: SessionId, messages: readonly SaidMessage[]): FactReader {
  return inSession(async (user) => {
    const shown = (await user.show(session)).messages;
    const found = messages.map(({ id, content }) => {
      const times = shown.filter((message) => message.id === id);
      if (times.length === 0) return absent;
      return times.length === 1 && times[0]?.content === content ? whole : "changed";
    });
    return found.every((value) => value === found[0]) ? (found[0] ?? absent) : `half: ${found.join(", ")}`;
  });
}

export function titleOf(session: SessionId): FactReader {
  return inSession((user) => user.session(session).title);
}

/** `deleted`, `kept`, or absent once it was purged. */
export function deletionOf(session: SessionId): FactReader {
  return inSession((user) => (user.session(session).deleted ? "deleted" : "kept"));
}

/** The whole bytes of a file that a message carries. */
export function fileIn(session: SessionId, message: SaidMessage, bytes: Buffer): FactReader {
  return inSession(async (user) => {
    const shown = (await user.show(session)).messages.find(({ id }) => id === message.id);
    if (shown === undefined) return absent;
    const fileId = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const carries = shown.parts.some((part) => "fileId" in part && part.fileId === fileId);
    if (!carries) return "half: the message does not carry the file";
    return (await collected(user.readFile(session, fileId))).equals(bytes) ? whole : "half: the file changed";
  });
}

/** An import under its name: with its texts in the conversations of its runtime, and the receipt. */
export function importOf(name: string, texts: readonly string[]): FactReader {
  return async (user) => {
    const found = user.imports().find((view) => view.name === name);
    const receipts = user.receipts().filter((receipt) => receipt.archive === found?.archive);
    if (found === undefined) return absent;
    if (receipts.length === 0) return "half: no receipt";
    const missing = new Set(texts);
    for (const { sessionId } of user.sessions({ runtimeId: found.runtimeId, kind: "imported" }).sessions) {
      for (const { content } of (await user.show(sessionId)).messages) missing.delete(content);
      await collected(user.raw(sessionId));
    }
    return missing.size === 0 ? whole : `half: lacks ${[...missing].join(", ")}`;
  };
}

/** An upload that is under way or waits for its import; absent once it was imported. */
export function uploadOf(uploadId: string): FactReader {
  return (user) => (user.uploads.list().some((view) => view.uploadId === uploadId) ? whole : absent);
}

export function valueOf(read: (user: UserVault) => unknown): FactReader {
  return (user) => JSON.stringify(read(user) ?? absent);
}

async function collected(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}
