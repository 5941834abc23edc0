interface SuggestionsProps {
  suggestions: readonly string[];
  onSearch: (q: string) => void;
}

/** What may have been meant where no message has the words. */
export function Suggestions({ suggestions, onSearch }: SuggestionsProps) {
  if (suggestions.length === 0) return null;
  return (
    <p className="text-14 text-ink-soft">
      Did you mean{" "}
      {suggestions.map((q, index) => (
        <span key={q}>
          {index > 0 && " or "}
          <button
            type="button"
            onClick={() => onSearch(q)}
            className="text-accent-ink underline underline-offset-2"
            dir="auto"
          >
            {q}
          </button>
        </span>
      ))}
      ?
    </p>
  );
}
