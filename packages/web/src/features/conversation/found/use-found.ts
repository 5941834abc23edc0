import type { Message } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, type RefObject } from "react";
import { ApiError, describeError } from "../../../api/client.ts";
import { fetchMessages } from "../../../api/messages.ts";
import { hitsInSession } from "../../../api/search.ts";
import { showProblem } from "../../../ui/toast-store.ts";
import type { ListHandle } from "../message-list.tsx";
import { foldsWithWords } from "./folds-with-words.ts";
import { foundMessages, neighbour } from "./found-order.ts";
import type { FoundWords } from "./found-words.ts";
import { useFoundMarks } from "./use-found-marks.ts";

/** What somebody came for, and what its bar can do. */
export interface Found {
  words: FoundWords;
  /** Shows a message of another branch. */
  onBranch: (messageId: string) => void;
  onClose: () => void;
}

interface FoundOptions {
  found: Found | undefined;
  sessionId: string;
  /** Opened at this message. */
  linkedId: string | undefined;
  through: string | undefined;
  root: RefObject<HTMLElement | null>;
  list: RefObject<ListHandle | null>;
  openFolds: Set<string>;
}

/** Marks the words in a conversation and leads from one message with them to the next. */
export function useFound({ found, sessionId, linkedId, through, root, list, openFolds }: FoundOptions) {
  const [target, setTarget] = useState(
    linkedId === undefined ? undefined : { messageId: linkedId, moves: 0 },
  );
  const q = found?.words.q ?? "";
  const { data } = useQuery({ ...hitsInSession(sessionId, q), enabled: found !== undefined });
  const ids = useMemo(() => (data === undefined ? undefined : foundMessages(data.hits)), [data]);
  useFoundMarks(root, found?.words, target);
  const isFound = found !== undefined;
  useEffect(() => {
    // Whoever comes to read can scroll by keys at once.
    if (isFound) list.current?.focus();
  }, [isFound, list]);

  const asked = useRef(0);
  const move = async (messageId: string) => {
    if (found === undefined) return;
    asked.current += 1;
    const mine = asked.current;
    const place = await placeOf(sessionId, messageId, through);
    // A later step leads elsewhere.
    if (asked.current !== mine) return;
    if (place === undefined) {
      found.onBranch(messageId);
      return;
    }
    openInPage(root.current, foldsWithWords(place.message, found.words.marksIn), openFolds);
    setTarget({ messageId, moves: mine });
    list.current?.toIndex(place.index, "start");
  };
  return {
    ids,
    isMore: data?.next !== undefined,
    isTitle: data?.hits.some(({ field }) => field === "title") ?? false,
    current: target?.messageId ?? linkedId,
    step: (by: 1 | -1) => {
      const next = neighbour(ids ?? [], target?.messageId, by);
      if (next === undefined) return;
      move(next).then(undefined, (error: unknown) => showProblem(describeError(error)));
    },
  };
}

/** Where a message stands on the path that is shown; undefined when it is on another branch. */
async function placeOf(
  sessionId: string,
  messageId: string,
  through: string | undefined,
): Promise<{ index: number; message: Message } | undefined> {
  try {
    const window = await fetchMessages(sessionId, {
      around: messageId,
      limit: 1,
      ...(through === undefined ? {} : { through }),
    });
    const at = window.messages.findIndex(({ id }) => id === messageId);
    const message = window.messages[at];
    return message === undefined ? undefined : { index: window.from + at, message };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Opens folds that are drawn, and remembers them for those that are not. */
function openInPage(root: Element | null, folds: readonly string[], openFolds: Set<string>): void {
  for (const fold of folds) {
    openFolds.add(fold);
    const drawn = root?.querySelector(`details[data-fold="${CSS.escape(fold)}"]`);
    if (drawn instanceof HTMLDetailsElement) drawn.open = true;
  }
}
