import { createUuid, type Part } from "@chatty/model";
import type { GenerationFailure, Message, SessionDetail, UploadedFile } from "@chatty/server/api";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { ApiError, describeError } from "../../api/client.ts";
import { regenerate, stopGeneration } from "../../api/generation.ts";
import { appendMessage } from "../../api/messages.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { showProblem } from "../../ui/toast-store.ts";
import type { Sending } from "./composer/composer.tsx";
import type { LoadedMessages } from "./message-pages.ts";
import { useLatest } from "./use-latest.ts";
import { useLiveAnswer } from "./use-live-answer.ts";

const failureCodes: ReadonlySet<string> = new Set<GenerationFailure["code"]>([
  "NO_PROVIDER",
  "KEY_REFUSED",
  "MODEL_UNKNOWN",
  "RATE_LIMITED",
  "CONTEXT_TOO_LONG",
  "CONNECTION_CUT",
  "PROVIDER_DOWN",
  "PROVIDER_ERROR",
  "STORAGE_FAILED",
]);

/** An answer that did not come, and the message that it was to answer. */
export interface FailedAnswer {
  failure: GenerationFailure;
  parentId: string | null;
}

interface SendingOptions {
  session: SessionDetail;
  path: { loaded: LoadedMessages; isFetching: boolean };
  through: string | undefined;
  setThrough: (messageId: string) => void;
}

/** Sends messages, asks for answers and follows them. Nothing is sent twice: ids are made here. */
export function useSending({ session, path, through, setThrough }: SendingOptions) {
  const { sessionId } = session;
  const client = useQueryClient();
  const answer = useLiveAnswer(sessionId, session.generating);
  const { live, follow } = answer;
  const [sent, setSent] = useState<Message>();
  const [failed, setFailed] = useState<FailedAnswer>();
  const [isAsking, setAsking] = useState(false);
  const { loaded, isFetching } = path;
  const latest = useLatest({ loaded, through });

  /** Asks for an answer; what refuses it is shown where the answer would stand. */
  const ask = useCallback(
    async (parentId: string | null, request: Parameters<typeof regenerate>[1]) => {
      setFailed(undefined);
      setAsking(true);
      try {
        await regenerate(sessionId, { id: createUuid(), ...request });
        follow();
      } catch (error) {
        if (error instanceof ApiError && isFailureCode(error.code)) {
          setFailed({
            parentId,
            failure: {
              code: error.code,
              message: error.message,
              ...(error.hint === undefined ? {} : { hint: error.hint }),
            },
          });
        } else {
          showProblem(describeError(error));
        }
      } finally {
        setAsking(false);
      }
    },
    [sessionId, follow],
  );

  const send = useCallback(
    async (sending: Sending, parentId?: string | null): Promise<boolean> => {
      const id = createUuid();
      const { loaded: now, through: branch } = latest.current;
      // On the newest path the server knows its end better: another tab may have written in the meantime.
      const parent = parentId === undefined && branch !== undefined ? (now.leafId ?? undefined) : parentId;
      setFailed(undefined);
      setSent(sentMessage(id, parent === undefined ? now.leafId : parent, sending));
      try {
        const kept = await appendMessage(sessionId, {
          id,
          role: "user",
          content: sending.text,
          ...(parent === undefined ? {} : { parentId: parent }),
          ...(sending.files.length === 0 ? {} : { files: sending.files.map((file) => file.fileId) }),
          ...(sending.generate === undefined ? {} : { generate: { id: createUuid(), ...sending.generate } }),
        });
        if (parent !== undefined) setThrough(kept.messageId);
        if (kept.answerId !== undefined) follow();
        await client.invalidateQueries({ queryKey: queryKeys.messages(sessionId) });
        return true;
      } catch (error) {
        setSent(undefined);
        showProblem(describeError(error));
        return false;
      }
    },
    [client, sessionId, setThrough, follow, latest],
  );

  const stop = useCallback(() => {
    stopGeneration(sessionId).then(undefined, (error: unknown) => showProblem(describeError(error)));
  }, [sessionId]);

  if (sent !== undefined && loaded.indexOf(sent.id) !== undefined) setSent(undefined);

  const done = live?.done;
  const [toldDone, setToldDone] = useState(done);
  if (done !== toldDone) {
    setToldDone(done);
    // Every other failure is kept with the answer and shown there.
    if (done?.failure?.code === "STORAGE_FAILED")
      setFailed({ failure: done.failure, parentId: live?.parentId ?? null });
    if (done !== undefined && through !== undefined && loaded.indexOf(done.messageId) === undefined) {
      setThrough(done.messageId);
    }
  }
  const isDurable = done !== undefined && loaded.indexOf(done.messageId) !== undefined;
  const { isSettled, clear } = answer;
  useEffect(() => {
    if (done !== undefined && isSettled && (isDurable || !isFetching)) clear();
  }, [done, isSettled, isDurable, isFetching, clear]);

  return {
    live,
    sent,
    failed,
    isBusy: (live !== undefined && done === undefined) || isAsking,
    ask,
    send,
    stop,
  };
}

function isFailureCode(code: string): code is GenerationFailure["code"] {
  return failureCodes.has(code);
}

/** What was just sent, in the shape of the message that it becomes. */
function sentMessage(id: string, parentId: string | null, { text, files }: Sending): Message {
  const parts: Part[] = files.map((file) => filePart(file));
  if (text !== "") parts.unshift({ kind: "text", text });
  return {
    id,
    parentId,
    role: "user",
    content: text,
    timestamp: Date.now(),
    timestampSource: "message",
    hidden: false,
    parts,
    index: 0,
    siblings: { position: 0, ids: [id] },
  };
}

function filePart(file: UploadedFile): Part {
  const kind = /^(image|audio|video)\//.exec(file.mime)?.[1] as "image" | "audio" | "video" | undefined;
  return { kind: kind ?? "file", fileId: file.fileId, name: file.name, mime: file.mime, size: file.size };
}

/** The files of a message as they would be sent again. */
export function filesOf(message: Message): UploadedFile[] {
  return message.parts.flatMap((part) =>
    (part.kind === "image" || part.kind === "audio" || part.kind === "video" || part.kind === "file") &&
    part.fileId?.startsWith("sha256:") === true
      ? [
          {
            fileId: part.fileId,
            name: part.name ?? "file",
            mime: part.mime ?? "application/octet-stream",
            size: part.size ?? 0,
          },
        ]
      : [],
  );
}
