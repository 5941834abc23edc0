import type { GenerationFailure, Message } from "@chatty/server/api";
import { Link } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { formatAmount } from "../../ui/format.ts";
import { showProblem } from "../../ui/toast-store.ts";
import { answerEnd, leftOutCount } from "./answer-end.ts";
import { canChange, useConversation } from "./conversation-context.ts";

interface NoticeProps {
  children: ReactNode;
  actions: ReactNode;
  tone: "plain" | "amber" | "red";
  isAlert?: boolean;
}

const tones = { plain: "bg-sunk", amber: "bg-amber-tint", red: "bg-red-tint" };

function Notice({ children, actions, tone, isAlert = false }: NoticeProps) {
  return (
    <div
      role={isAlert ? "alert" : undefined}
      className={`my-2 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-control px-4 py-2.5 ${tones[tone]}`}
    >
      <div className="min-w-48 flex-1 text-14 [overflow-wrap:anywhere] text-ink">{children}</div>
      <div data-chrome className="flex flex-wrap gap-2">
        {actions}
      </div>
    </div>
  );
}

function attempt(act: () => Promise<void>): () => void {
  return () => {
    act().then(undefined, () =>
      showProblem({ message: "That did not work.", hint: "Try again in a moment." }),
    );
  };
}

interface AnswerNoticeProps {
  message: Message;
  isLast: boolean;
}

/** What is to be said under an answer that is not whole, and what can be done about it. */
export function AnswerNotice({ message, isLast }: AnswerNoticeProps) {
  const end = answerEnd(message);
  switch (end.kind) {
    case "whole":
      return null;
    case "failed":
      // Where no text came the failure is the message's own words, and stands there.
      return message.parts.some((part) => part.kind === "error") ? null : (
        <FailedAnswer message={message} failure={end.failure} isLast={isLast} />
      );
    case "cut":
      return (
        <Unfinished message={message} isLast={isLast} tone="amber">
          This answer was cut off. What came is kept.
        </Unfinished>
      );
    case "stopped":
      return isLast ? (
        <Unfinished message={message} isLast tone="plain">
          You stopped this answer.
        </Unfinished>
      ) : null;
    case "too_long":
      return (
        <Unfinished message={message} isLast={isLast} tone="plain">
          The model reached the length that it may write at once.
        </Unfinished>
      );
  }
}

/** Says that the model has not read everything, where that is so. */
export function LeftOutNote({ message }: { message: Message }) {
  const count = leftOutCount(message);
  if (count === 0) return null;
  return (
    <p className="pb-1 text-12 text-ink-muted">
      {formatAmount(count, "earlier message")} did not fit and {count === 1 ? "was" : "were"} not sent to the
      model.
    </p>
  );
}

function Unfinished({
  message,
  isLast,
  tone,
  children,
}: AnswerNoticeProps & Pick<NoticeProps, "tone" | "children">) {
  return (
    <Notice tone={tone} actions={<GoOn message={message} isLast={isLast} />}>
      {children}
    </Notice>
  );
}

function GoOn({ message, isLast }: AnswerNoticeProps) {
  const actions = useConversation();
  const { continueAnswer, regenerate } = actions;
  if (!isLast || !canChange(actions, message)) return null;
  return (
    <>
      <Button onClick={attempt(() => continueAnswer(message))}>Continue</Button>
      <Button tone="quiet" onClick={attempt(() => regenerate(message))}>
        Answer anew
      </Button>
    </>
  );
}

interface FailedAnswerProps extends AnswerNoticeProps {
  failure: GenerationFailure;
}

/** A kept answer that failed. */
export function FailedAnswer({ message, failure, isLast }: FailedAnswerProps) {
  const actions = useConversation();
  const { regenerate } = actions;
  const isOwn = canChange(actions, message);
  const hasText = message.content !== "" && !message.parts.some((part) => part.kind === "error");
  return (
    <FailureNotice
      failure={failure}
      isAlert={isLast}
      {...(isOwn && isLast && !hasText ? { onRetry: () => regenerate(message) } : {})}
      more={hasText ? <GoOn message={message} isLast={isLast} /> : null}
    />
  );
}

interface FailureNoticeProps {
  failure: GenerationFailure;
  /** Read out at once. */
  isAlert: boolean;
  onRetry?: () => Promise<void>;
  more?: ReactNode;
}

/** Why there is no answer, what is safe, and what to do. */
export function FailureNotice({ failure, isAlert, onRetry, more }: FailureNoticeProps) {
  const left = useSecondsLeft(failure);
  const { code } = failure;
  const isSetting = code === "NO_PROVIDER" || code === "KEY_REFUSED" || code === "MODEL_UNKNOWN";
  const isQuiet = code === "NO_PROVIDER" || code === "RATE_LIMITED";
  return (
    <Notice
      tone={isQuiet ? "amber" : "red"}
      isAlert={isAlert}
      actions={
        <>
          {isSetting && (
            <Link
              to="/app/settings/$section"
              params={{ section: "providers" }}
              className="inline-flex h-8 items-center rounded-control border border-hairline bg-raised px-3 text-14 font-medium hover:bg-hover max-md:h-11"
            >
              {code === "NO_PROVIDER" ? "Set up a model" : "Open settings"}
            </Link>
          )}
          {onRetry !== undefined && code !== "NO_PROVIDER" && (
            <Button onClick={attempt(onRetry)} disabled={left > 0}>
              {left > 0 ? `Try again in ${left} s` : "Try again"}
            </Button>
          )}
          {more}
        </>
      }
    >
      <p>{failure.message}</p>
      <p data-chrome className="text-13 text-ink-soft">
        {failure.hint ?? "Your message is kept."}
      </p>
    </Notice>
  );
}

function useSecondsLeft(failure: GenerationFailure): number {
  const [state, setState] = useState({ failure, left: Math.ceil(failure.retryAfter ?? 0) });
  // The same failure comes as a new object with every window of messages.
  if (state.failure.message !== failure.message)
    setState({ failure, left: Math.ceil(failure.retryAfter ?? 0) });
  const isWaiting = state.left > 0;
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setInterval(() => setState((now) => ({ ...now, left: Math.max(0, now.left - 1) })), 1000);
    return () => clearInterval(timer);
  }, [isWaiting]);
  return state.left;
}
