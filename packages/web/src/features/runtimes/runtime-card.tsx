import type { Runtime } from "@chatty/server/api";
import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { IconButton } from "../../ui/button.tsx";
import { formatAmount, formatExactTime, formatRelative, formatYears } from "../../ui/format.ts";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { OriginMark } from "../../ui/origin-mark.tsx";
import { hueOf, kindName } from "../../ui/origin.ts";
import { sparklinePath } from "./sparkline-path.ts";

interface RuntimeCardProps {
  runtime: Runtime;
  onOpen: () => void;
  onRename: () => void;
  /** Absent for runtimes that cannot be removed. */
  onRemove: (() => void) | undefined;
}

const lineWidth = 200;
const lineHeight = 28;

/** A runtime as a book on the shelf: its spine in the colour of its origin, what it holds, and when it was written. */
export function RuntimeCard({ runtime, onOpen, onRename, onRemove }: RuntimeCardProps) {
  const [now] = useState(() => Date.now());
  const line = sparklinePath(runtime.activity ?? [], lineWidth, lineHeight);
  return (
    <article
      data-hue={hueOf(runtime)}
      className="group relative flex min-h-44 flex-col overflow-hidden rounded-card border border-hairline bg-raised pl-2 transition-colors duration-120 focus-within:border-control-line hover:border-control-line"
    >
      <span aria-hidden className="absolute inset-y-0 left-0 w-1.5 bg-origin" />
      <div className="flex items-start gap-3 p-3 pb-0">
        <OriginMark origin={runtime} size="large" />
        <div className="min-w-0 flex-1">
          <h2 className="text-16 leading-5 font-semibold">
            {/* The whole card is the button: its area is stretched over it. */}
            <button
              type="button"
              onClick={onOpen}
              className="max-w-full truncate rounded-control text-left after:absolute after:inset-0 after:content-['']"
            >
              {runtime.name}
            </button>
          </h2>
          <p className="mt-0.5 flex items-center gap-2 text-13 text-ink-muted">
            <span className="truncate">{kindName(runtime)}</span>
            {runtime.active && <span className="shrink-0 font-medium text-accent-ink">Open now</span>}
          </p>
        </div>
        <Menu
          align="end"
          trigger={
            <IconButton label={`Menu of ${runtime.name}`} className="relative z-10 -mt-1 -mr-1">
              <Ellipsis size={16} />
            </IconButton>
          }
        >
          <MenuItem icon={<Pencil size={16} />} onSelect={onRename}>
            Rename
          </MenuItem>
          {onRemove !== undefined && (
            <MenuItem icon={<Trash2 size={16} />} isDanger onSelect={onRemove}>
              Remove
            </MenuItem>
          )}
        </Menu>
      </div>
      <dl className="tabular mt-3 flex flex-wrap gap-x-4 gap-y-0.5 px-3 text-13 text-ink-soft">
        <dt className="sr-only">Span</dt>
        <dd className="w-full font-medium text-ink">{spanText(runtime)}</dd>
        <dt className="sr-only">Conversations</dt>
        <dd>{formatAmount(runtime.conversationCount, "conversation")}</dd>
        <dt className="sr-only">Messages</dt>
        <dd>{formatAmount(runtime.messageCount, "message")}</dd>
      </dl>
      <svg
        aria-hidden
        overflow="visible"
        viewBox={`0 0 ${lineWidth} ${lineHeight}`}
        preserveAspectRatio="none"
        className="mt-auto h-9 w-full px-3 pt-2 text-origin"
      >
        {line !== "" && (
          <>
            <path d={`${line}V${lineHeight}H0Z`} fill="currentColor" fillOpacity="0.18" />
            <path
              d={line}
              fill="none"
              stroke="currentColor"
              strokeWidth="1.25"
              vectorEffect="non-scaling-stroke"
            />
          </>
        )}
        <path
          d={`M0 ${lineHeight}H${lineWidth}`}
          stroke="currentColor"
          strokeOpacity="0.35"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <p className="tabular px-3 pt-1.5 pb-3 text-12 text-ink-muted">
        {runtime.lastAt === undefined ? (
          "Nothing written yet"
        ) : (
          <time dateTime={new Date(runtime.lastAt).toISOString()} title={formatExactTime(runtime.lastAt)}>
            Last written {formatRelative(runtime.lastAt, now)}
          </time>
        )}
      </p>
    </article>
  );
}

function spanText({ firstAt, lastAt }: Runtime): string {
  return firstAt === undefined || lastAt === undefined ? "New" : formatYears(firstAt, lastAt);
}
