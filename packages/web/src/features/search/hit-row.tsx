import type { SearchHit } from "@chatty/server/api";
import { Link } from "@tanstack/react-router";
import { Sparkles } from "lucide-react";
import { memo } from "react";
import { formatClock, formatDate, formatExactTime } from "../../ui/format.ts";
import { MarkedText } from "../../ui/marked-text.tsx";
import { fieldNames, speakerOf } from "./search-words.ts";

interface HitRowProps {
  hit: SearchHit;
  /** The words that led here; they are marked in the conversation too. */
  q: string;
  isStop: boolean;
  /** There is room for half as many letters in a line. */
  isNarrow: boolean;
  onOpen: (hit: SearchHit) => void;
}

/** What was found: who said it and when, and two lines of it. A link, so that it can be opened anywhere. */
export const HitRow = memo(function HitRow({ hit, q, isStop, isNarrow, onOpen }: HitRowProps) {
  const { messageId, timestamp } = hit;
  return (
    <div className="group/hit relative h-full">
      <Link
        to="/app/chat/$threadId"
        params={{ threadId: hit.sessionId }}
        search={{
          ...(messageId === null ? {} : { m: messageId }),
          ...(q === "" ? {} : { q }),
        }}
        preload={false}
        tabIndex={isStop ? 0 : -1}
        data-stop
        onClick={() => onOpen(hit)}
        className="flex h-full flex-col rounded-control px-3 py-1.5 outline-offset-[-2px] hover:bg-hover focus:bg-selected"
      >
        <span className="flex h-4 items-center gap-1.5 overflow-hidden pr-9 text-12 whitespace-nowrap text-ink-muted">
          <span className="truncate font-medium text-ink-soft">{speakerOf(hit.role, hit.model)}</span>
          {timestamp !== undefined && (
            <span className="tabular shrink-0" title={formatExactTime(timestamp)}>
              {formatDate(timestamp)}
              <span className="max-md:hidden">, {formatClock(timestamp)}</span>
            </span>
          )}
          <Badges hit={hit} />
        </span>
        <span className="mt-0.5 line-clamp-2 h-10 text-14 [overflow-wrap:anywhere] text-ink">
          <MarkedText text={hit.snippet} marks={hit.marks} lead={isNarrow ? 44 : 150} />
        </span>
      </Link>
      {messageId !== null && (
        <Link
          to="/app/search"
          search={{ like: `${hit.sessionId}/${messageId}` }}
          preload={false}
          tabIndex={isStop ? 0 : -1}
          aria-label="More like this"
          title="More like this"
          className="absolute top-0 right-1 inline-flex size-7 items-center justify-center rounded-control text-ink-muted opacity-0 group-focus-within/hit:opacity-100 group-hover/hit:opacity-100 hover:bg-pressed hover:text-ink focus-visible:opacity-100 coarse:opacity-100"
        >
          <Sparkles size={14} aria-hidden />
        </Link>
      )}
    </div>
  );
});

/** Where it stands, when that is not the obvious place. */
function Badges({ hit }: { hit: SearchHit }) {
  const badges = [
    ...(hit.field === "text" ? [] : [`in ${fieldNames[hit.field].toLowerCase()}`]),
    ...(hit.onActivePath ? [] : ["another branch"]),
    ...(hit.foundBy.includes("text") ? [] : ["by meaning"]),
  ];
  return badges.map((badge) => (
    <span key={badge} className="shrink-0 rounded-full border border-hairline px-1.5 text-ink-soft">
      {badge}
    </span>
  ));
}
