import type { SessionDetail } from "@chatty/server/api";
import { Link } from "@tanstack/react-router";
import { describeError } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { StatePage } from "../../ui/state-page.tsx";

/** The shape of a conversation that is being opened. */
export function ConversationSkeleton() {
  return (
    <output className="flex h-full flex-col" aria-label="Opening the conversation">
      <div className="flex h-12 shrink-0 items-center border-b border-hairline px-4 max-md:h-14">
        <Skeleton className="h-4 w-56" />
      </div>
      <div className="min-h-0 flex-1 overflow-hidden">
        <div className="mx-auto flex max-w-[744px] flex-col gap-3 px-4 pt-8 md:px-6">
          <Skeleton className="h-3 w-24" />
          <Skeleton className="h-20 w-full" />
          <Skeleton className="mt-4 h-3 w-32" />
          {["w-full", "w-11/12", "w-full", "w-10/12", "w-full", "w-7/12"].map((width, index) => (
            <Skeleton key={index} className={`h-4 ${width}`} />
          ))}
          <Skeleton className="mt-4 h-3 w-24" />
          <Skeleton className="h-14 w-full" />
        </div>
      </div>
      <div className="mx-auto w-full max-w-[744px] px-4 pb-4 md:px-6">
        <Skeleton className="h-24 w-full" />
      </div>
    </output>
  );
}

/** No conversation has this name. */
export function ConversationNotFound({ threadId }: { threadId: string }) {
  const shown = threadId.length > 80 ? `${threadId.slice(0, 80)}…` : threadId;
  return (
    <StatePage title={`There is no conversation “${shown}”`}>
      <p className="[overflow-wrap:anywhere]">
        The link may be mistyped, or it leads to another vault. Nothing of yours is lost.
      </p>
      <HomeLink />
    </StatePage>
  );
}

/** It could not be asked for. */
export function ConversationFailed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { message, hint } = describeError(error);
  return (
    <StatePage title="The conversation could not be opened" isAlert>
      <p>{message}</p>
      {hint !== undefined && <p>{hint}</p>}
      <Button tone="primary" onClick={onRetry}>
        Try again
      </Button>
    </StatePage>
  );
}

/** It was deleted, and can come back. */
export function DeletedBar({ onRestore }: { session: SessionDetail; onRestore: () => void }) {
  return (
    <div className="flex flex-wrap items-center gap-3 border-t border-hairline bg-amber-tint px-4 py-3 md:px-6">
      <p className="flex-1 text-14">This conversation is deleted. It is kept until you bring it back.</p>
      <Button onClick={onRestore}>Bring it back</Button>
    </div>
  );
}

function HomeLink() {
  return (
    <Link to="/" className="text-accent-ink underline underline-offset-2">
      Go to your home conversation
    </Link>
  );
}
