import { ChevronDown, ChevronUp, X } from "lucide-react";
import { useEffect } from "react";
import { IconButton } from "../../../ui/button.tsx";
import { formatCount } from "../../../ui/format.ts";
import { useLatest } from "../use-latest.ts";

interface FoundBarProps {
  q: string;
  /** Messages of this conversation with the words, in order; absent until they are known. */
  ids: readonly string[] | undefined;
  /** There are more than are listed. */
  isMore: boolean;
  /** The title has the words. */
  isTitle: boolean;
  current: string | undefined;
  onStep: (step: 1 | -1) => void;
  onClose: () => void;
}

/** What one came for: the words, which of the messages that have them this is, and the way to the others. F3 leads on, with Shift back. */
export function FoundBar({ q, ids, isMore, isTitle, current, onStep, onClose }: FoundBarProps) {
  const latest = useLatest({ onStep, onClose });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "F3" || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      latest.current.onStep(event.shiftKey ? -1 : 1);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [latest]);
  const isAlone = ids === undefined || ids.length === 0 || (ids.length === 1 && ids[0] === current);
  return (
    <section
      aria-label="Found in this conversation"
      className="flex h-10 shrink-0 items-center gap-1 border-b border-hairline bg-sunk pr-2 pl-4 text-13 max-md:h-12 max-md:pr-1 md:px-3 md:pl-5"
    >
      <p className="flex min-w-0 flex-1 items-baseline gap-2">
        <span className="min-w-0 truncate font-medium" dir="auto">
          {q}
        </span>
        <output aria-live="polite" className="tabular shrink-0 text-ink-muted">
          {ids === undefined ? "" : placeWords(ids, isMore, isTitle, current)}
        </output>
      </p>
      <IconButton label="Previous match (Shift F3)" disabled={isAlone} onClick={() => onStep(-1)}>
        <ChevronUp size={16} aria-hidden />
      </IconButton>
      <IconButton label="Next match (F3)" disabled={isAlone} onClick={() => onStep(1)}>
        <ChevronDown size={16} aria-hidden />
      </IconButton>
      <IconButton label="Take the marks away" onClick={onClose}>
        <X size={16} aria-hidden />
      </IconButton>
    </section>
  );
}

function placeWords(
  ids: readonly string[],
  isMore: boolean,
  isTitle: boolean,
  current: string | undefined,
): string {
  const at = current === undefined ? -1 : ids.indexOf(current);
  const count = `${formatCount(ids.length)}${isMore ? "+" : ""}`;
  if (ids.length === 0) return isTitle ? "found by its title" : "found by its meaning";
  if (at === -1) return ids.length === 1 ? "1 match" : `${count} matches`;
  return `match ${formatCount(at + 1)} of ${count}`;
}
