import type { Message } from "@chatty/server/api";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useConversation } from "./conversation-context.ts";
import { shownTime } from "./message-times.ts";
import { modelHue, modelName } from "./model-origin.ts";

interface AuthorLineProps {
  id: string;
  message: Message;
  /** What an answer that is being written is doing. */
  doing?: string | undefined;
}

/** Who said it, when, and which of the branches it is. */
export function AuthorLine({ id, message, doing }: AuthorLineProps) {
  const time = shownTime(message.timestamp, message.timestampSource);
  return (
    <div className="flex min-h-6 flex-wrap items-center gap-x-1.5 text-12 text-ink-muted">
      <Author id={id} message={message} />
      <span aria-hidden>·</span>
      {doing === undefined ? (
        <time
          title={time.exact}
          dateTime={message.timestamp === undefined ? undefined : new Date(message.timestamp).toISOString()}
          className={`tabular ${time.isCertain ? "" : "italic"}`}
        >
          {time.short}
        </time>
      ) : (
        <span className="motion-safe:animate-pulse">{doing}…</span>
      )}
      {(message.revisions ?? 0) > 0 && (
        <>
          <span aria-hidden>·</span>
          <span>edited</span>
        </>
      )}
      <BranchSwitcher message={message} />
    </div>
  );
}

function Author({ id, message }: { id: string; message: Message }) {
  const { session } = useConversation();
  if (message.role === "user") {
    return (
      <span id={id} className="font-medium text-ink">
        You
      </span>
    );
  }
  const { model } = message;
  const name = model === undefined ? (message.author ?? "Answer") : modelName(model);
  const isGuest = message.constructId !== undefined && message.constructId !== session().constructId;
  return (
    <>
      <span
        aria-hidden
        data-hue={model === undefined ? modelHue(session().source ?? "") : modelHue(model)}
        className="size-2 shrink-0 rounded-full bg-origin"
      />
      <span
        id={id}
        className="min-w-0 truncate font-medium text-ink"
        title={model ?? "The source names no model."}
      >
        {name}
      </span>
      {isGuest && message.past !== true && <span>as {message.constructId}</span>}
    </>
  );
}

function BranchSwitcher({ message }: { message: Message }) {
  const { chooseBranch } = useConversation();
  const { position, ids } = message.siblings;
  if (ids.length < 2) return null;
  const step = (to: number) => {
    const id = ids[to];
    if (id !== undefined) chooseBranch(id);
  };
  const button =
    "inline-flex size-6 items-center justify-center rounded-control hover:bg-hover hover:text-ink disabled:opacity-40 max-md:size-11";
  return (
    <fieldset
      className="inline-flex items-center tabular"
      aria-label={`Branch ${position + 1} of ${ids.length}`}
    >
      <span aria-hidden className="mr-0.5">
        ·
      </span>
      <button
        type="button"
        aria-label="Earlier branch"
        className={button}
        disabled={position === 0}
        onClick={() => step(position - 1)}
      >
        <ChevronLeft size={14} aria-hidden />
      </button>
      <span aria-hidden>
        {position + 1}/{ids.length}
      </span>
      <button
        type="button"
        aria-label="Later branch"
        className={button}
        disabled={position === ids.length - 1}
        onClick={() => step(position + 1)}
      >
        <ChevronRight size={14} aria-hidden />
      </button>
    </fieldset>
  );
}
