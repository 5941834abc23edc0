import type { SearchFacets } from "@chatty/server/api";
import { Check } from "lucide-react";
import { useState } from "react";
import { cx } from "../../ui/class-names.ts";
import { formatCount } from "../../ui/format.ts";
import { isSameValue } from "./query-text.ts";
import { facetTitles, valueName, type FacetKind } from "./search-words.ts";

interface FacetListProps {
  facets: SearchFacets | undefined;
  isChosen: (kind: FacetKind, value: string) => boolean;
  chosen: (kind: FacetKind) => readonly string[];
  runtimeName: (runtimeId: string) => string;
  onToggle: (kind: FacetKind, value: string) => void;
}

const kinds: readonly FacetKind[] = ["runtime", "role", "model", "has", "in"];
const sources = { runtime: "runtimes", role: "roles", model: "models", has: "has", in: "fields" } as const;
const shownValues = 6;

/** How the hits are spread, as quiet counts. Each value narrows the search to it, or takes that back. */
export function FacetList({ facets, isChosen, chosen, runtimeName, onToggle }: FacetListProps) {
  return (
    <div className="flex flex-col gap-5">
      {kinds.map((kind) => {
        const counted = facets?.[sources[kind]] ?? [];
        // What was chosen stays in the list, so that it can be taken back where it was chosen.
        const missing = chosen(kind).filter(
          (value) => !counted.some((other) => isSameValue(kind, value, other.value)),
        );
        const values = [
          ...missing.map((value) => ({ value, count: undefined as number | undefined })),
          ...counted,
        ];
        // A single value that every hit has says nothing.
        if (values.length === 0 || (values.length === 1 && kind !== "has" && chosen(kind).length === 0))
          return null;
        return (
          <Facet
            key={kind}
            title={facetTitles[kind]}
            isExact={facets?.exact ?? true}
            values={values.map(({ value, count }) => ({
              value,
              count,
              name: valueName(kind, value, runtimeName),
              isChosen: isChosen(kind, value),
            }))}
            onToggle={(value) => onToggle(kind, value)}
          />
        );
      })}
    </div>
  );
}

interface FacetProps {
  title: string;
  isExact: boolean;
  values: { value: string; count: number | undefined; name: string; isChosen: boolean }[];
  onToggle: (value: string) => void;
}

function Facet({ title, isExact, values, onToggle }: FacetProps) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen || values.length <= shownValues + 1 ? values : values.slice(0, shownValues);
  return (
    <section aria-label={title}>
      <h2 className="mb-1 px-2 text-12 font-medium text-ink-muted">{title}</h2>
      <ul>
        {shown.map(({ value, count, name, isChosen }) => (
          <li key={value}>
            <button
              type="button"
              aria-pressed={isChosen}
              onClick={() => onToggle(value)}
              className={cx(
                "flex h-7 w-full items-center gap-2 rounded-control px-2 text-left text-13 hover:bg-hover hover:text-ink max-md:h-11 max-md:text-14",
                isChosen ? "bg-selected font-medium text-ink" : "text-ink-soft",
              )}
            >
              <span className="min-w-0 flex-1 truncate" dir="auto">
                {name}
              </span>
              {isChosen && <Check size={14} aria-hidden className="shrink-0 text-accent-ink" />}
              {count !== undefined && (
                <span className="tabular shrink-0 text-12 text-ink-muted">
                  {!isExact && (
                    <>
                      <span className="sr-only">about </span>
                      <span aria-hidden>~</span>
                    </>
                  )}
                  {formatCount(count)}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {shown.length < values.length && (
        <button
          type="button"
          onClick={() => setOpen(true)}
          className="h-7 rounded-control px-2 text-13 text-accent-ink hover:bg-hover max-md:h-11"
        >
          {values.length - shown.length} more
        </button>
      )}
    </section>
  );
}
