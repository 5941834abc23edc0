import type { Message } from "@chatty/server/api";
import { memo, useCallback, useId, useRef, useState } from "react";
import { AuthorLine } from "./author-line.tsx";
import { AnswerNotice, LeftOutNote } from "./answer-notices.tsx";
import { useConversation } from "./conversation-context.ts";
import { Fold } from "./fold.tsx";
import { foldedMessageSummary, isFolded, markdownOf } from "./message-blocks.ts";
import { MessageEditor } from "./message-editor.tsx";
import { MessageMenu } from "./message-menu.tsx";
import { MessageParts } from "./message-parts.tsx";
import { RecalledNote } from "./recalled-note.tsx";
import { DayLine, ContinuedLine } from "./row-lines.tsx";

interface MessageRowProps {
  message: Message;
  index: number;
  count: number;
  /** The day that begins here, for people. */
  day: string | undefined;
  /** The conversation's own part begins here. */
  isContinuation: boolean;
  /** What an answer that is being written is doing; absent for durable ones. */
  doing: string | undefined;
  /** It was linked to. */
  isMarked: boolean;
}

/** One message: no bubble; the person's words on a faint tint, answers on paper. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, index, count, day, isContinuation, doing, isMarked } = props;
  const authorId = useId();
  const isLive = doing !== undefined;
  // Once near, always near: what has been shown does not go away under the pointer.
  const [isNear, setNear] = useState(false);
  const row = useCallback((element: HTMLElement | null) => {
    if (element === null) return undefined;
    const approach = () => setNear(true);
    element.addEventListener("pointerenter", approach, { once: true });
    element.addEventListener("focusin", approach, { once: true });
    return () => {
      element.removeEventListener("pointerenter", approach);
      element.removeEventListener("focusin", approach);
    };
  }, []);
  return (
    <>
      {isContinuation && <ContinuedLine />}
      {day !== undefined && <DayLine label={day} isPast={message.past === true} />}
      <article
        data-message-id={message.id}
        data-role={message.role}
        aria-labelledby={authorId}
        aria-posinset={index + 1}
        aria-setsize={count}
        aria-busy={isLive}
        ref={row}
        className={`group/message ${message.past === true ? "bg-past" : ""}`}
      >
        <div
          className={`mx-auto max-w-[744px] px-4 py-2 md:px-6 ${isMarked ? "shadow-[inset_2px_0_0_var(--accent)]" : ""}`}
        >
          {isFolded(message) ? (
            <FoldedMessage message={message} authorId={authorId} />
          ) : (
            <OpenMessage
              message={message}
              authorId={authorId}
              doing={doing}
              isLast={index === count - 1}
              isNear={isNear}
            />
          )}
        </div>
      </article>
    </>
  );
});

interface OpenMessageProps {
  message: Message;
  authorId: string;
  doing: string | undefined;
  isLast: boolean;
  isNear: boolean;
}

function OpenMessage({ message, authorId, doing, isLast, isNear }: OpenMessageProps) {
  const body = useRef<HTMLDivElement>(null);
  const { resend, correct } = useConversation();
  const [editing, setEditing] = useState<"resend" | "correct">();
  const isLive = doing !== undefined;
  const isOwn = message.role === "user";
  return (
    <>
      <div className="flex min-h-8 items-center justify-between gap-2">
        <AuthorLine id={authorId} message={message} doing={doing} />
        {!isLive && (
          <MessageMenu
            message={message}
            isNear={isNear}
            readText={() => body.current?.innerText ?? markdownOf(message)}
            onEdit={() => setEditing("resend")}
            onCorrect={() => setEditing("correct")}
          />
        )}
      </div>
      {editing !== undefined ? (
        <MessageEditor
          text={markdownOf(message)}
          purpose={editing}
          onCancel={() => setEditing(undefined)}
          onSend={async (text) => {
            const isDone = editing === "resend" ? await resend(message, text) : await correct(message, text);
            if (isDone) setEditing(undefined);
          }}
        />
      ) : (
        <div
          ref={body}
          data-message-text
          dir="auto"
          className={isOwn ? "rounded-control bg-tint px-4 py-3 max-md:-mx-1" : "pt-0.5 pb-2"}
        >
          <MessageParts message={message} isLive={isLive} isLast={isLast} />
        </div>
      )}
      {!isLive && !isOwn && (
        <>
          <LeftOutNote message={message} />
          <RecalledNote message={message} />
          <AnswerNotice message={message} isLast={isLast} />
        </>
      )}
    </>
  );
}

function FoldedMessage({ message, authorId }: { message: Message; authorId: string }) {
  return (
    <Fold id={`${message.id} all`} summary={<span id={authorId}>{foldedMessageSummary(message)}</span>}>
      <AuthorLine id={`${authorId}-line`} message={message} />
      <div data-message-text dir="auto" className="pb-2 [--reading-size:14px]">
        <MessageParts message={message} isLive={false} isLast={false} />
      </div>
    </Fold>
  );
}
