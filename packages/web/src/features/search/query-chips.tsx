import { X } from "lucide-react";
import type { Chip } from "./query-text.ts";

interface QueryChipsProps {
  chips: readonly Chip[];
  onRemove: (without: string) => void;
}

/** The conditions of the question. Taking one away takes it out of what is typed. */
export function QueryChips({ chips, onRemove }: QueryChipsProps) {
  if (chips.length === 0) return null;
  return (
    <ul aria-label="Conditions" className="mt-2 flex flex-wrap gap-1.5">
      {chips.map((chip) => (
        <li
          key={chip.key}
          className="inline-flex h-7 max-w-full items-center rounded-full border border-hairline bg-selected pl-2.5 text-13 text-ink max-md:h-11"
        >
          <span className="min-w-0 truncate" dir="auto">
            {chip.label}
          </span>
          <button
            type="button"
            aria-label={`Remove ${chip.label}`}
            onClick={() => onRemove(chip.without)}
            className="ml-0.5 inline-flex size-7 shrink-0 items-center justify-center rounded-full text-ink-muted hover:bg-pressed hover:text-ink max-md:size-11"
          >
            <X size={14} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}
