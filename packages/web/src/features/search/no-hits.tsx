import type { SearchAnswer, SearchMode } from "@chatty/server/api";
import { Button } from "../../ui/button.tsx";
import { Suggestions } from "./suggestions.tsx";
import type { Chip } from "./query-text.ts";
import { answerNotices } from "./search-words.ts";

interface NoHitsProps {
  answer: SearchAnswer;
  mode: SearchMode;
  chips: readonly Chip[];
  onSearch: (q: string) => void;
  onMode: (mode: SearchMode) => void;
}

/** Nothing was found: what may have been meant, and what stands in the way. */
export function NoHits({ answer, mode, chips, onSearch, onMode }: NoHitsProps) {
  const suggestions = answer.suggestions ?? [];
  return (
    <div className="flex max-w-[60ch] flex-col gap-4 px-3 py-8">
      <h2 className="text-20 font-semibold">Nothing has all of this</h2>
      {answerNotices(answer, { sort: "best", mode: "text" }, false).map((line) => (
        <p key={line} className="text-14 text-ink-soft">
          {line}
        </p>
      ))}
      <Suggestions suggestions={suggestions} onSearch={onSearch} />
      {chips.length > 0 && (
        <div className="flex flex-col gap-2">
          <p className="text-14 text-ink-soft">Without one of the conditions there may be more:</p>
          <div className="flex flex-wrap gap-2">
            {chips.map((chip) => (
              <Button key={chip.key} onClick={() => onSearch(chip.without)} className="max-w-full">
                <span className="truncate">Without “{chip.label}”</span>
              </Button>
            ))}
          </div>
        </div>
      )}
      {mode === "text" && (
        <div>
          <Button onClick={() => onMode("hybrid")}>Search by meaning as well</Button>
        </div>
      )}
      {suggestions.length === 0 && chips.length === 0 && (
        <p className="text-14 text-ink-soft">
          Try fewer words, or the beginning of one with a star:{" "}
          <code className="font-mono text-13">swim*</code>. Code and parts of words are found letter by
          letter: <code className="font-mono text-13">{'code:"useEff"'}</code>.
        </p>
      )}
    </div>
  );
}
