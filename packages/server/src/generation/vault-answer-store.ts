import { Buffer } from "node:buffer";
import { ChattyError, isChattyError } from "@chatty/model";
import type { FilePart, MessageId, SessionId } from "@chatty/model";
import type { MadeFile } from "@chatty/runtimes";
import type { MessageView, UserVault, WindowMessage } from "@chatty/store";
import type { AnswerStore, KeptMessage, PathMessage, Speaker } from "./answer-store.ts";

/** Larger files are named to a model and not sent. */
const largestFileBytes = 20 * 1024 * 1024;
/** Messages read at once on the way back. */
const stretch = 100;

/** The part of a user's vault that answers are made with. */
export type VaultOfAnswers = Pick<
  UserVault,
  | "append"
  | "checkpoint"
  | "construct"
  | "findFile"
  | "message"
  | "messages"
  | "runtime"
  | "session"
  | "stageFile"
>;

/** What a generation needs, from one user's vault. */
export function vaultAnswerStore(user: VaultOfAnswers): AnswerStore {
  const message = async (sessionId: SessionId, id: MessageId): Promise<KeptMessage | undefined> => {
    try {
      return keptFromView(await user.message(sessionId, id));
    } catch (error) {
      if (isChattyError(error, "MESSAGE_NOT_FOUND")) return undefined;
      throw error;
    }
  };
  return {
    message,
    // Not a promise's executor: what the vault throws at once must reject.
    speaker: async (sessionId, asked) => await Promise.resolve(speakerIn(user, sessionId, asked)),
    async leaf(sessionId) {
      const { leafId } = await user.messages(sessionId, { limit: 1 });
      return leafId === null ? undefined : await message(sessionId, leafId);
    },
    readPath: (sessionId, leafId) => pathBack(user, sessionId, leafId),
    async checkpoint(sessionId, draft) {
      await user.checkpoint(sessionId, draft);
    },
    async append(sessionId, draft) {
      await user.append(sessionId, [draft]);
    },
    readFile: (part) => bytesOf(user, part),
    keepFile: (file) => keep(user, file),
  };
}

function speakerIn(
  user: VaultOfAnswers,
  sessionId: SessionId,
  asked: { runtimeId?: string; constructId?: string },
): Speaker {
  const session = user.session(sessionId);
  if (session.imported) {
    throw new ChattyError("SESSION_READ_ONLY", `Session ${sessionId} is imported and is never changed.`, {
      hint: "Continue it: that makes a conversation of your own which goes on from there.",
    });
  }
  const construct = user.construct(
    asked.constructId ??
      (asked.runtimeId === undefined ? session.constructId : user.runtime(asked.runtimeId).constructId),
  );
  const runtimeId =
    asked.runtimeId === undefined
      ? asked.constructId === undefined
        ? session.runtimeId
        : (construct.runtimeId ?? session.runtimeId)
      : user.runtime(asked.runtimeId).runtimeId;
  const { constructId, instructions } = construct;
  return {
    runtimeId,
    constructId,
    ...(instructions === undefined || instructions === "" ? {} : { system: instructions }),
  };
}

async function* pathBack(
  user: VaultOfAnswers,
  sessionId: SessionId,
  leafId: MessageId,
): AsyncGenerator<PathMessage, void, undefined> {
  let window = await user.messages(sessionId, { around: leafId, through: leafId, limit: stretch });
  // The window may go on past the leaf; what comes after it is another branch of the answer to be.
  const end = window.messages.findIndex(({ id }) => id === leafId);
  let messages = window.messages.slice(0, end + 1);
  while (messages.length > 0) {
    for (const message of messages.toReversed()) yield pathMessageFrom(message);
    const oldest = messages[0];
    if (oldest === undefined || oldest.index === 0) return;
    window = await user.messages(sessionId, { before: oldest.id, through: leafId, limit: stretch });
    messages = window.messages;
  }
}

function pathMessageFrom({ id, index, role, content, parts, hidden }: WindowMessage): PathMessage {
  return { id, index, role, content, parts, hidden };
}

function keptFromView({ id, parentId, role, content, parts, partial }: MessageView): KeptMessage {
  return { id, parentId, role, content, parts, partial: partial === true };
}

async function bytesOf(user: VaultOfAnswers, part: FilePart): Promise<Uint8Array | undefined> {
  const { fileId } = part;
  if (fileId === undefined || part.missing === true) return undefined;
  try {
    const found = await user.findFile(fileId);
    if (found.size > largestFileBytes) return undefined;
    const pieces: Uint8Array[] = [];
    for await (const piece of found.bytes) pieces.push(piece);
    return Buffer.concat(pieces);
  } catch (error) {
    // The model is told the name alone; the page shows what is wrong with the file.
    if (isChattyError(error)) return undefined;
    throw error;
  }
}

async function keep(user: VaultOfAnswers, { name, mime, bytes }: MadeFile): Promise<FilePart> {
  const extension = /^[a-z]+\/([a-z0-9]+)/.exec(mime)?.[1] ?? "bin";
  const staged = await user.stageFile({ name: name ?? `made.${extension}`, mime, bytes: once(bytes) });
  const kind = /^(image|audio|video)\//.exec(mime)?.[1] as "image" | "audio" | "video" | undefined;
  return {
    kind: kind ?? "file",
    fileId: staged.fileId,
    name: staged.name,
    mime: staged.mime,
    size: staged.size,
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(bytes);
}
