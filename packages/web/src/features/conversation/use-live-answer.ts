import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { followGeneration } from "../../api/generation.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { withEvent, type LiveAnswer } from "./live-answer.ts";

/** The page is drawn anew at most this often while an answer comes. */
const drawEveryMs = 40;

export interface LiveAnswerState {
  live: LiveAnswer | undefined;
  /** The durable messages were asked for after the answer was done. */
  isSettled: boolean;
  /** Begins to follow: an answer was just asked for. */
  follow: () => void;
  /** Lets go of the live answer: the durable one stands in its place. */
  clear: () => void;
}

/** Follows the answer that is being written in a conversation, whoever asked for it. Survives breaks, refreshes and second tabs. */
export function useLiveAnswer(sessionId: string, isGenerating: boolean): LiveAnswerState {
  const client = useQueryClient();
  const [live, setLive] = useState<LiveAnswer>();
  const [isSettled, setSettled] = useState(false);
  const newest = useRef<LiveAnswer>(undefined);
  const stop = useRef<() => void>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const follow = useCallback(() => {
    if (stop.current !== undefined) return;
    const draw = () => {
      clearTimeout(timer.current);
      timer.current = undefined;
      setLive(newest.current);
    };
    newest.current = undefined;
    setSettled(false);
    stop.current = followGeneration(
      sessionId,
      (event) => {
        newest.current = withEvent(newest.current, event);
        if (event.type === "done" || event.type === "state") draw();
        else timer.current ??= setTimeout(draw, drawEveryMs);
      },
      () => {
        stop.current = undefined;
        // Without a `done` the server was away: what it kept is on the path.
        if (newest.current?.done === undefined) newest.current = undefined;
        draw();
        const settle = () => setSettled(true);
        client.invalidateQueries({ queryKey: queryKeys.messages(sessionId) }).then(settle, settle);
      },
    );
  }, [client, sessionId]);

  useEffect(() => {
    if (isGenerating) follow();
  }, [isGenerating, follow]);

  useEffect(
    () => () => {
      stop.current?.();
      stop.current = undefined;
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [sessionId],
  );

  const clear = useCallback(() => {
    newest.current = undefined;
    setLive(undefined);
  }, []);
  return { live, isSettled, follow, clear };
}
