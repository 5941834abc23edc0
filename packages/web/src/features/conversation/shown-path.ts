import type { Message } from "@chatty/server/api";
import { messageFromLive, type LiveAnswer } from "./live-answer.ts";
import type { LoadedMessages } from "./message-pages.ts";

/** The path as it is shown: what is durable, then what was just sent, then what is being written. */
export interface ShownPath {
  count: number;
  at: (index: number) => Message | undefined;
  /** Index of the answer that is being written; absent when none is, or when it belongs to another branch. */
  liveIndex?: number;
  /** An answer is being written on a branch that is not shown. */
  isLiveElsewhere: boolean;
}

/**
 * Puts what is not durable yet behind the path, or in the place where it will stand: an answer made anew takes the place of the one
 * beside it, and what its checkpoint has made durable already is not shown twice.
 */
export function shownPath(
  loaded: LoadedMessages,
  sent: Message | undefined,
  live: LiveAnswer | undefined,
): ShownPath {
  const isSentThere = sent === undefined || loaded.indexOf(sent.id) !== undefined;
  const extras: Message[] = [];
  let kept = loaded.total;
  if (!isSentThere && sent !== undefined) {
    const parent = sent.parentId === null ? -1 : loaded.indexOf(sent.parentId);
    if (parent !== undefined) kept = parent + 1;
    extras.push({ ...sent, index: kept });
  }
  if (live === undefined) return { ...shown(loaded, kept, extras), isLiveElsewhere: false };

  const answerAt = loaded.leafId === live.answerId ? loaded.total - 1 : loaded.indexOf(live.answerId);
  if (!isSentThere && live.parentId === sent?.id) {
    extras.push(messageFromLive(live, kept + 1));
    return { ...shown(loaded, kept, extras), liveIndex: kept + 1, isLiveElsewhere: false };
  }
  const parentAt = live.parentId === null ? -1 : loaded.indexOf(live.parentId);
  const place =
    answerAt ??
    (live.parentId !== null && live.parentId === loaded.leafId ? loaded.total : undefined) ??
    (parentAt === undefined ? undefined : parentAt + 1);
  if (place === undefined) return { ...shown(loaded, kept, extras), isLiveElsewhere: true };
  // Durable already and done: the durable message is the better one.
  if (answerAt !== undefined && live.done !== undefined && loaded.at(answerAt)?.partial !== true) {
    return { ...shown(loaded, kept, extras), isLiveElsewhere: false };
  }
  const durable = answerAt === undefined ? undefined : loaded.at(answerAt);
  const message = messageFromLive(live, place);
  const drawn = durable === undefined ? message : { ...message, siblings: durable.siblings };
  return { ...shown(loaded, place, [drawn]), liveIndex: place, isLiveElsewhere: false };
}

function shown(loaded: LoadedMessages, kept: number, extras: readonly Message[]) {
  return {
    count: kept + extras.length,
    at: (index: number) => (index < kept ? loaded.at(index) : extras[index - kept]),
  };
}
