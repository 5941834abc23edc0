import { useEffect, useRef, useState } from "react";

interface RenameFieldProps {
  title: string;
  /** Undefined when it stays as it is. */
  onDone: (title: string | undefined) => void;
}

/** The title as a field in place of the row. Enter and leaving keep, Escape does not. */
export function RenameField({ title, onDone }: RenameFieldProps) {
  const [text, setText] = useState(title);
  const field = useRef<HTMLInputElement>(null);
  const isOver = useRef(false);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const finish = (next: string | undefined) => {
    // Leaving the field follows on Enter and Escape; only the first of them counts.
    if (isOver.current) return;
    isOver.current = true;
    const trimmed = next?.trim();
    onDone(trimmed === undefined || trimmed === "" || trimmed === title ? undefined : trimmed);
  };
  return (
    <input
      ref={field}
      aria-label="New title"
      value={text}
      maxLength={2000}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => finish(text)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") finish(text);
        if (event.key === "Escape") finish(undefined);
      }}
      className="h-full w-full rounded-control border border-accent bg-paper px-2 text-14 text-ink outline-none"
    />
  );
}
