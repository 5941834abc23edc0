import { Search, X } from "lucide-react";
import { useEffect, useRef, useState, type Ref } from "react";

interface SearchFieldProps {
  /** The question as the address has it. */
  q: string;
  /** What is typed, once it rests for a moment. */
  onType: (q: string) => void;
  /** Enter: at once, and on to the results. */
  onGo: (q: string) => void;
  onDown: () => void;
  ref: Ref<HTMLInputElement>;
}

/** Typing is followed by an answer, and no answer is asked for that nobody waits for. */
const restMs = 120;

/** The one field. What stands in it is the whole question, its conditions as well. */
export function SearchField({ q, onType, onGo, onDown, ref }: SearchFieldProps) {
  const [text, setText] = useState(q);
  const told = useRef(q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    // From elsewhere: a chip, a count, the way back. What was told from here comes back and must not undo what was typed since.
    if (q === told.current) return;
    told.current = q;
    clearTimeout(timer.current);
    setText(q);
  }, [q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const tell = (next: string) => {
    clearTimeout(timer.current);
    if (next === told.current) return;
    told.current = next;
    onType(next);
  };
  const change = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => tell(next), restMs);
  };
  return (
    <div className="relative">
      <Search
        size={20}
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-3.5 -translate-y-1/2 text-ink-muted"
      />
      <input
        ref={ref}
        type="search"
        aria-label="Search everything"
        placeholder="Search everything"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        enterKeyHint="search"
        maxLength={4000}
        value={text}
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Enter") {
            tell(text);
            onGo(text);
          } else if (event.key === "ArrowDown") onDown();
          else if (event.key === "Escape" && text !== "") change("");
          else return;
          event.preventDefault();
        }}
        className="h-12 w-full rounded-card border border-control-line/60 bg-raised pr-11 pl-11.5 text-16 text-ink outline-offset-0 hover:border-control-line [&::-webkit-search-cancel-button]:hidden"
      />
      {text !== "" && (
        <button
          type="button"
          aria-label="Clear the search"
          onClick={(event) => {
            setText("");
            tell("");
            event.currentTarget.parentElement?.querySelector("input")?.focus();
          }}
          className="absolute top-1/2 right-2 inline-flex size-8 -translate-y-1/2 items-center justify-center rounded-control text-ink-muted hover:bg-hover hover:text-ink max-md:right-0.5 max-md:size-11"
        >
          <X size={16} aria-hidden />
        </button>
      )}
    </div>
  );
}
