import { cx } from "./class-names.ts";
import { hueOf, lettersOf, type Origin } from "./origin.ts";

interface OriginMarkProps {
  origin: Origin;
  size?: "small" | "large";
}

/** A small mark that says where something comes from. Always beside a name, so it is hidden from those who listen. */
export function OriginMark({ origin, size = "small" }: OriginMarkProps) {
  return (
    <span
      aria-hidden
      data-hue={hueOf(origin)}
      // Drawn by the style sheet: the letters are a picture, no part of any name.
      data-letters={lettersOf(origin)}
      className={cx(
        "inline-flex shrink-0 items-center justify-center rounded-control bg-origin-tint font-semibold text-origin select-none before:content-[attr(data-letters)]",
        size === "small" ? "size-6 text-[11px]" : "size-9 text-14",
      )}
    >
      {origin.kind === "core" && <ShelfMark className={size === "small" ? "size-3.5" : "size-5"} />}
    </span>
  );
}

/** Three books on a shelf, one of them leaning: Chatty's own mark. */
function ShelfMark({ className }: { className: string }) {
  return (
    <svg viewBox="0 0 20 20" className={className} fill="currentColor">
      <path d="M2.5 2h3.2v16H2.5zM7.3 2h3.2v16H7.3zM12 3l3-.8L19 17.2l-3 .8z" />
    </svg>
  );
}
