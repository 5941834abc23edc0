import type { GenerationFailure, Message } from "@chatty/server/api";
import { Link } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { showProblem } from "../../ui/toast-store.ts";
import { useConversation } from "./conversation-context.ts";

function Notice({
  children,
  actions,
  tone = "amber",
}: {
  children: ReactNode;
  actions: ReactNode;
  tone?: "amber" | "red";
}) {
  return (
    <div
      className={`my-2 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-control px-4 py-2.5 ${tone === "red" ? "bg-red-tint" : "bg-amber-tint"}`}
    >
      <div className="min-w-48 flex-1 text-14 text-ink">{children}</div>
      <div className="flex flex-wrap gap-2">{actions}</div>
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

/** An answer of which only a part was written. */
export function CutAnswer({ message, isLast }: { message: Message; isLast: boolean }) {
  const { session, continueAnswer, regenerate } = useConversation();
  const isOwn = !session().imported && message.past !== true;
  return (
    <Notice
      actions={
        isOwn &&
        isLast && (
          <>
            <Button onClick={attempt(() => continueAnswer(message))}>Continue</Button>
            <Button tone="quiet" onClick={attempt(() => regenerate(message))}>
              Answer anew
            </Button>
          </>
        )
      }
    >
      This answer was cut off. What came is kept.
    </Notice>
  );
}

interface FailureNoticeProps {
  failure: GenerationFailure;
  onRetry: () => Promise<void>;
}

/** Why there is no answer, what is safe, and what to do. */
export function FailureNotice({ failure, onRetry }: FailureNoticeProps) {
  const left = useSecondsLeft(failure);
  const isSetting =
    failure.code === "NO_PROVIDER" || failure.code === "KEY_REFUSED" || failure.code === "MODEL_UNKNOWN";
  const isQuiet = failure.code === "NO_PROVIDER" || failure.code === "RATE_LIMITED";
  return (
    <div role="alert" className="mx-auto max-w-[744px] px-4 md:px-6">
      <Notice
        tone={isQuiet ? "amber" : "red"}
        actions={
          <>
            {isSetting && (
              <Link
                to="/app/settings/$section"
                params={{ section: "providers" }}
                className="inline-flex h-8 items-center rounded-control border border-hairline bg-raised px-3 text-14 font-medium hover:bg-hover max-md:h-11"
              >
                {failure.code === "NO_PROVIDER" ? "Set up a model" : "Open settings"}
              </Link>
            )}
            {failure.code !== "NO_PROVIDER" && (
              <Button onClick={attempt(onRetry)} disabled={left > 0}>
                {left > 0 ? `Try again in ${left} s` : "Try again"}
              </Button>
            )}
          </>
        }
      >
        <p>{failure.message}</p>
        <p className="text-13 text-ink-soft">{failure.hint ?? "Your message is kept."}</p>
      </Notice>
    </div>
  );
}

function useSecondsLeft(failure: GenerationFailure): number {
  const [state, setState] = useState({ failure, left: Math.ceil(failure.retryAfter ?? 0) });
  if (state.failure !== failure) setState({ failure, left: Math.ceil(failure.retryAfter ?? 0) });
  const isWaiting = state.left > 0;
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setInterval(() => setState((now) => ({ ...now, left: Math.max(0, now.left - 1) })), 1000);
    return () => clearInterval(timer);
  }, [isWaiting, failure]);
  return state.left;
}
