import { isChattyError } from "@chatty/model";
import type { MessageId, SessionId } from "@chatty/model";
import { passageText } from "@chatty/runtimes";
import type { MessageView, SessionView, UserVault } from "@chatty/store";
import type { RecalledList, RecalledPassage } from "../api/recall.ts";
import { framableFrom, sha256Of } from "./make-passages.ts";
import { recalledOf } from "./recall-record.ts";
import type { RecordedPassage } from "./recall-record.ts";

export type VaultOfRecalled = Pick<UserVault, "message" | "messages" | "runtime" | "session">;

/**
 * What an answer was made with, put together from where it lies. Where a message was changed since, its text of that time is looked
 * for, so that what the model was told can be seen later.
 * @throws {ChattyError} SESSION_NOT_FOUND, MESSAGE_NOT_FOUND
 */
export async function showRecalled(
  user: VaultOfRecalled,
  sessionId: SessionId,
  answerId: MessageId,
): Promise<RecalledList> {
  const { metadata } = await user.message(sessionId, answerId);
  const recalled = recalledOf(metadata);
  if (recalled === undefined) return { passages: [] };
  const { at, tookMs } = recalled;
  const passages: RecalledPassage[] = [];
  for (const [index, passage] of recalled.passages.entries()) {
    passages.push({ ...known(passage, index + 1), ...(await asItWas(user, passage, at)) });
  }
  return { passages, at, tookMs };
}

function known(
  { sessionId, messageId, runtimeId, score, why }: RecordedPassage,
  number: number,
): Omit<RecalledPassage, "state"> {
  return { number, sessionId, messageId, runtimeId, score, why };
}

async function asItWas(
  user: VaultOfRecalled,
  passage: RecordedPassage,
  at: number,
): Promise<Pick<RecalledPassage, "state" | "text" | "title" | "runtime" | "timestamp">> {
  const view = await orNothing(() => user.session(passage.sessionId));
  if (view === undefined) return { state: "gone" };
  const runtime = await orNothing(() => user.runtime(view.runtimeId));
  const about = { title: view.title, ...(runtime === undefined ? {} : { runtime: runtime.name }) };
  if (view.deleted || runtime === undefined) return { ...about, state: "deleted" };
  const now = await messagesOf(user, view, passage);
  const timestamp = now?.find((message) => message.timestamp !== undefined)?.timestamp;
  const dated = { ...about, ...(timestamp === undefined ? {} : { timestamp }) };
  const present = now === undefined ? undefined : textOf(passage, now);
  if (present !== undefined && sha256Of(present) === passage.sha256)
    return { ...dated, state: "same", text: present };
  const then = await messagesThen(user, view, passage, at);
  const past = then === undefined ? undefined : textOf(passage, then);
  if (past !== undefined && sha256Of(past) === passage.sha256) return { ...dated, state: "same", text: past };
  return { ...dated, state: now === undefined ? "gone" : "changed" };
}

type Said = Pick<MessageView, "content" | "role" | "timestamp">;

function textOf({ pieces }: RecordedPassage, messages: readonly Said[]): string {
  return passageText(
    pieces.flatMap((piece, index) => {
      const message = messages[index];
      return message === undefined ? [] : [framableFrom(message, piece)];
    }),
  );
}

async function messagesOf(
  user: VaultOfRecalled,
  { sessionId }: SessionView,
  { pieces }: RecordedPassage,
): Promise<Said[] | undefined> {
  return await orNothing(async () => {
    const messages: Said[] = [];
    for (const { messageId } of pieces) messages.push(await user.message(sessionId, messageId));
    return messages;
  });
}

async function messagesThen(
  user: VaultOfRecalled,
  { sessionId }: SessionView,
  { pieces, messageId }: RecordedPassage,
  asOf: number,
): Promise<Said[] | undefined> {
  return await orNothing(async () => {
    const window = await user.messages(sessionId, { around: messageId, through: messageId, limit: 30, asOf });
    const found = pieces.map((piece) => window.messages.find(({ id }) => id === piece.messageId));
    return found.every((message) => message !== undefined) ? found : undefined;
  });
}

/** What is looked up, or nothing where it is not there any more. */
async function orNothing<Value>(look: () => Value | Promise<Value>): Promise<Value | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isChattyError(error)) return undefined;
    throw error;
  }
}
