import { File, X } from "lucide-react";
import { formatBytes } from "../../../ui/format.ts";
import type { Attachment } from "./attachments.ts";

interface AttachmentChipsProps {
  attachments: readonly Attachment[];
  onRemove: (key: string) => void;
}

/** The files that go with the next message, each with how far it is. */
export function AttachmentChips({ attachments, onRemove }: AttachmentChipsProps) {
  if (attachments.length === 0) return null;
  return (
    <ul aria-label="Attached files" className="flex flex-wrap gap-2 px-3 pt-3">
      {attachments.map((one) => (
        <li
          key={one.key}
          className={`relative flex h-8 max-w-72 items-center gap-2 overflow-hidden rounded-control border pl-2 text-13 max-md:h-11 ${one.problem === undefined ? "border-hairline bg-sunk" : "border-red bg-red-tint"}`}
        >
          <File size={14} aria-hidden className="shrink-0 text-ink-muted" />
          <span className="min-w-0 truncate" title={one.problem ?? one.name}>
            {one.name}
          </span>
          <span
            className="shrink-0 text-ink-muted tabular"
            role={one.problem === undefined ? undefined : "alert"}
          >
            {one.problem ??
              (one.uploaded === undefined ? `${Math.round(one.progress * 100)} %` : formatBytes(one.size))}
          </span>
          <button
            type="button"
            aria-label={`Remove ${one.name}`}
            onClick={() => onRemove(one.key)}
            className="inline-flex size-8 shrink-0 items-center justify-center text-ink-muted hover:bg-hover hover:text-ink max-md:size-11"
          >
            <X size={14} aria-hidden />
          </button>
          {one.uploaded === undefined && one.problem === undefined && (
            <span
              aria-hidden
              className="absolute inset-x-0 bottom-0 h-0.5 origin-left bg-accent"
              style={{ transform: `scaleX(${one.progress})` }}
            />
          )}
        </li>
      ))}
    </ul>
  );
}
