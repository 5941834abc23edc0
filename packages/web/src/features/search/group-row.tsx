import type { Runtime, SearchHit } from "@chatty/server/api";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { formatDate } from "../../ui/format.ts";
import { OriginMark } from "../../ui/origin-mark.tsx";
import { MarkedText } from "../../ui/marked-text.tsx";

interface GroupRowProps {
  hit: SearchHit;
  runtime: Runtime | undefined;
  /** Milliseconds UTC. */
  newest: number | undefined;
  isAgain: boolean;
}

/** A conversation in which something was found. Its hits below are what keys stop at. */
export const GroupRow = memo(function GroupRow({ hit, runtime, newest, isAgain }: GroupRowProps) {
  return (
    <h2 className="flex h-full items-end gap-2 px-3 pb-1 text-14 font-semibold">
      <OriginMark origin={runtime ?? { kind: "imported", name: hit.runtimeId }} />
      <span className="sr-only">{runtime?.name ?? hit.runtimeId}: </span>
      <Link
        to="/app/chat/$threadId"
        params={{ threadId: hit.sessionId }}
        preload={false}
        tabIndex={-1}
        className="min-w-0 flex-1 truncate pb-0.5 hover:underline"
      >
        {hit.title.trim() === "" ? (
          "Untitled conversation"
        ) : (
          <MarkedText text={hit.title} marks={hit.titleMarks} />
        )}
      </Link>
      <span className="tabular shrink-0 pb-0.5 text-12 font-normal text-ink-muted">
        {hit.archived === true && "archived · "}
        {isAgain && "more of it · "}
        {newest !== undefined && formatDate(newest)}
      </span>
    </h2>
  );
});
