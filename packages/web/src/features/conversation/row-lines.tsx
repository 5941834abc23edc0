import { Link } from "@tanstack/react-router";
import { useConversation } from "./conversation-context.ts";

/** A day begins. */
export function DayLine({ label, isPast }: { label: string; isPast: boolean }) {
  return (
    <div className={isPast ? "bg-past" : ""}>
      <p className="mx-auto flex max-w-[744px] items-center gap-3 px-4 pt-5 pb-2 text-12 text-ink-muted tabular md:px-6">
        <span>{label}</span>
        <span aria-hidden className="h-px flex-1 bg-hairline" />
      </p>
    </div>
  );
}

/** Above: what was imported. Below: what was said here. */
export function ContinuedLine() {
  const { session } = useConversation();
  const source = session().forkedFrom;
  return (
    <div className="border-t border-accent/40">
      <p className="mx-auto flex max-w-[744px] flex-wrap items-baseline gap-x-2 px-4 pt-3 pb-1 text-12 md:px-6">
        <span className="font-medium text-accent-ink">Continued here</span>
        {source !== undefined && (
          <span className="min-w-0 text-ink-muted">
            from{" "}
            <Link
              to="/app/chat/$threadId"
              params={{ threadId: source.sessionId }}
              search={source.messageId === undefined ? {} : { m: source.messageId }}
              className="text-ink-soft underline underline-offset-2 hover:text-ink"
            >
              {source.title}
            </Link>
          </span>
        )}
      </p>
    </div>
  );
}
