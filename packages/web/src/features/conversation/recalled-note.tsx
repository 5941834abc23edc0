import type { Message, RecalledPassage } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { History } from "lucide-react";
import { describeError } from "../../api/client.ts";
import { recalledPassages } from "../../api/recall.ts";
import { formatAmount, formatDate } from "../../ui/format.ts";
import { useConversation } from "./conversation-context.ts";
import { Fold } from "./fold.tsx";

/** Where a passage was said. */
interface Place {
  sessionId: string;
  messageId: string;
}

/** Where the earlier passages were said that an answer was made with, in the order of their numbers. */
function recalledPlaces(message: Message): Place[] {
  const recalled = message.metadata?.["recalled"];
  if (typeof recalled !== "object" || recalled === null || !("passages" in recalled)) return [];
  return Array.isArray(recalled.passages) ? recalled.passages.filter(isPlace) : [];
}

function isPlace(value: unknown): value is Place {
  if (typeof value !== "object" || value === null || !("sessionId" in value) || !("messageId" in value))
    return false;
  return typeof value.sessionId === "string" && typeof value.messageId === "string";
}

/** Numbers that the answer cites and that stand for a passage. */
function citedNumbers(message: Message, count: number): number[] {
  const cited = [...message.content.matchAll(/\[(\d{1,2})\](?!\()/g)].map(([, digits]) => Number(digits));
  return [...new Set(cited)].filter((number) => number >= 1 && number <= count).sort((a, b) => a - b);
}

/** Says what of earlier conversations the model was given, folded; each passage opens where it was said. */
export function RecalledNote({ message }: { message: Message }) {
  const places = recalledPlaces(message);
  const count = places.length;
  if (count === 0) return null;
  const cited = citedNumbers(message, count);
  return (
    <div data-chrome>
      {cited.length > 0 && (
        <p className="flex flex-wrap items-baseline gap-x-2 text-13 text-ink-muted">
          Cited:
          {cited.map((number) => (
            <Citation key={number} number={number} place={places[number - 1]} />
          ))}
        </p>
      )}
      <Fold
        id={`${message.id} recalled`}
        icon={<History size={14} aria-hidden className="shrink-0" />}
        summary={`Recalled from ${formatAmount(count, "earlier passage")}`}
      >
        <Passages message={message} />
      </Fold>
    </div>
  );
}

/** Leads from a number in the answer to where it was said. */
function Citation({ number, place }: { number: number; place: Place | undefined }) {
  if (place === undefined) return null;
  return (
    <Link
      to="/app/chat/$threadId"
      params={{ threadId: place.sessionId }}
      search={{ m: place.messageId }}
      aria-label={`Passage ${number}`}
      className="tabular text-accent-ink underline underline-offset-2 max-md:py-3"
    >
      [{number}]
    </Link>
  );
}

function Passages({ message }: { message: Message }) {
  const { session } = useConversation();
  const { data, error } = useQuery(recalledPassages(session().sessionId, message.id));
  if (error !== null) return <p className="text-13 text-red">{describeError(error).message}</p>;
  if (data === undefined) return <p className="text-13 text-ink-muted">Looking them up…</p>;
  return (
    <>
      <p className="pb-2 text-12 text-ink-muted">
        These were sent to the model as quotations, together with the message. It may cite them by number.
      </p>
      <ol className="flex flex-col gap-3">
        {data.passages.map((passage) => (
          <Passage key={passage.number} passage={passage} />
        ))}
      </ol>
    </>
  );
}

function Passage({ passage }: { passage: RecalledPassage }) {
  const { number, title, runtime, timestamp, state, text, why } = passage;
  const words = why.filter((word) => word !== "meaning").slice(0, 5);
  const reasons = [...(why.includes("meaning") ? ["alike in meaning"] : []), ...words];
  return (
    <li data-recalled={passage.messageId} className="text-13">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="tabular text-ink-muted">[{number}]</span>
        {state === "gone" || state === "deleted" ? (
          <span className="text-ink-muted">{title ?? "A conversation that was removed for good"}</span>
        ) : (
          <Link
            to="/app/chat/$threadId"
            params={{ threadId: passage.sessionId }}
            search={{ m: passage.messageId }}
            className="min-w-0 truncate font-medium text-accent-ink underline underline-offset-2"
          >
            {title === undefined || title === "" ? "Untitled" : title}
          </Link>
        )}
        <span className="text-12 text-ink-muted tabular">
          {[runtime, timestamp === undefined ? undefined : formatDate(timestamp)]
            .filter((part) => part !== undefined)
            .join(" · ")}
        </span>
      </p>
      {text === undefined ? (
        <p className="text-ink-muted">{stateLine(state)}</p>
      ) : (
        <p className="line-clamp-6 [overflow-wrap:anywhere] whitespace-pre-line text-ink-soft">{text}</p>
      )}
      {reasons.length > 0 && <p className="text-12 text-ink-muted">Found by: {reasons.join(", ")}</p>}
    </li>
  );
}

function stateLine(state: RecalledPassage["state"]): string {
  switch (state) {
    case "deleted":
      return "It is in the trash. Restore it to see what was quoted.";
    case "gone":
      return "What was quoted is not there any more.";
    case "same":
    case "changed":
      return "What was quoted was changed since; open it to see how it reads now.";
  }
}
