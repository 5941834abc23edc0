import type { SavedSearch } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { runtimeList } from "../../api/runtimes.ts";
import { searchState, type Question } from "../../api/search.ts";
import { cx } from "../../ui/class-names.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { useIsPhone, useMedia } from "../../ui/use-media.ts";
import { FacetList } from "./facet-list.tsx";
import { keepPlace, placeAt } from "./list-place.ts";
import { MonthHistogram } from "./month-histogram.tsx";
import { QueryChips } from "./query-chips.tsx";
import { chipsOf, chosenValues, isSameValue, readQuestion, toggled, withRange } from "./query-text.ts";
import { rememberSearch } from "./recent-searches.ts";
import { ResultsPane } from "./results-pane.tsx";
import type { ResultListHandle } from "./result-list.tsx";
import { SaveDialog } from "./save-dialog.tsx";
import { SearchField } from "./search-field.tsx";
import { SearchStart } from "./search-start.tsx";
import { SearchToolbar } from "./search-toolbar.tsx";
import { answerNotices } from "./search-words.ts";
import { StatusLine } from "./status-line.tsx";
import { Suggestions } from "./suggestions.tsx";
import { useMonths, useResults } from "./use-results.ts";

interface SearchPageProps {
  question: Question;
  /** This entry of the browser's history. */
  entry: string | undefined;
  /** `replace`: it was only typed on. */
  onAsk: (question: Question, how: "push" | "replace") => void;
}

/** Finding anything: one field, the results by conversation, how they are spread. The address holds the whole question. */
export function SearchPage({ question, entry, onAsk }: SearchPageProps) {
  const { q } = question;
  const isAsked = q.trim() !== "";
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<ResultListHandle>(null);
  const isPhone = useIsPhone();
  const isWide = useMedia("(min-width: 1000px)");
  const [isSaving, setSaving] = useState(false);
  const [isFiltering, setFiltering] = useState(false);
  const place = placeAt(entry);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => place?.open ?? new Set());
  // The question whose first hit is to get the focus once it is there.
  const wantsFirst = useRef<string>(undefined);

  const { data: runtimeData } = useQuery(runtimeList());
  const runtimes = runtimeData?.runtimes ?? [];
  const runtimeName = (id: string) => runtimes.find(({ runtimeId }) => runtimeId === id)?.name ?? id;
  const { data: state } = useQuery(searchState());
  const results = useResults(question, isAsked);
  const months = useMonths(question, results.first, isAsked);
  const chips = chipsOf(q, runtimeName);
  const parsed = useMemo(() => readQuestion(q), [q]);

  const ask = (next: Partial<Question>, how: "push" | "replace" = "push") =>
    onAsk({ ...question, ...next }, how);
  const renew = () => {
    keepPlace(entry, { offset: 0, row: undefined, open });
    results.renew();
  };
  const toField = useCallback(() => field.current?.focus(), []);

  // One that comes back is where they were; anybody else types at once.
  const [returns] = useState(() => place?.row !== undefined);
  useEffect(() => {
    if (!returns) field.current?.focus({ preventScroll: true });
  }, [returns]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : undefined;
      const isTyping = target?.closest("input, textarea, select, [contenteditable=true], [role=dialog]");
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      event.preventDefault();
      event.stopPropagation();
      field.current?.focus();
      field.current?.select();
    };
    // Before the frame around the page, which opens the palette at this key.
    addEventListener("keydown", onKeyDown, { capture: true });
    return () => removeEventListener("keydown", onKeyDown, { capture: true });
  }, []);
  useEffect(() => {
    const wanted = wantsFirst.current;
    if (wanted === undefined) return;
    // Whoever types on stays where they type.
    if (field.current?.value !== wanted) wantsFirst.current = undefined;
    else if (q === wanted && !results.isStale && !results.isFetching) {
      wantsFirst.current = undefined;
      list.current?.focusFirst();
    }
  });

  const facets = (
    <FacetList
      facets={results.first?.facets}
      isChosen={(kind, value) => chosenValues(parsed, kind).some((known) => isSameValue(kind, known, value))}
      chosen={(kind) => chosenValues(parsed, kind)}
      runtimeName={runtimeName}
      onToggle={(kind, value) => ask({ q: toggled(q, kind, value) })}
    />
  );
  const notices =
    results.first === undefined
      ? []
      : answerNotices(results.first, question, state?.meaning.state === "building");
  const isShown = isAsked && (results.first !== undefined || results.error !== null);
  return (
    <div className="flex h-full flex-col">
      <h1 className="sr-only">Search</h1>
      <search className="mx-auto w-full max-w-[1040px] shrink-0 px-6 pt-5 max-md:px-3 max-md:pt-3">
        <SearchField
          ref={field}
          q={q}
          onType={(text) => ask({ q: text }, "replace")}
          onGo={(text) => {
            rememberSearch(text);
            const isThere = text === q && !results.isStale && list.current?.focusFirst() === true;
            wantsFirst.current = isThere ? undefined : text;
          }}
          onDown={() => list.current?.focusFirst()}
        />
        <QueryChips
          chips={chips}
          onRemove={(without) => {
            ask({ q: without });
            toField();
          }}
        />
        {isAsked && (
          <SearchToolbar
            question={question}
            isEmpty={results.first === undefined || results.first.hits.length === 0}
            status={<StatusLine results={results} onRenew={renew} />}
            onMode={(mode) => ask({ mode })}
            onSort={(sort) => ask({ sort })}
            onSave={() => setSaving(true)}
            onFilters={isWide ? undefined : () => setFiltering(true)}
          />
        )}
      </search>
      <div className="mx-auto flex min-h-0 w-full max-w-[1040px] flex-1 gap-6 px-6 max-md:px-1">
        {isAsked && isWide && (
          <aside aria-label="Filters" className="w-48 shrink-0 overflow-y-auto py-3 [scrollbar-width:thin]">
            {facets}
          </aside>
        )}
        <section
          aria-label="Found"
          aria-busy={isAsked && results.isFetching && results.first === undefined}
          className="flex min-w-0 flex-1 flex-col"
        >
          {isShown && results.pages.some(({ hits }) => hits.length > 0) && (
            <>
              <div className="shrink-0 px-3 pt-3">
                <MonthHistogram
                  months={months.months ?? []}
                  from={months.from}
                  to={months.to}
                  onRange={(range) => ask({ q: withRange(q, range) })}
                />
              </div>
              <div className="shrink-0 px-3 empty:hidden [&>p]:pt-2">
                <Suggestions
                  suggestions={results.first?.suggestions ?? []}
                  onSearch={(text) => {
                    ask({ q: text });
                    toField();
                  }}
                />
              </div>
              {notices.length > 0 && (
                <p className="shrink-0 px-3 pt-2 text-13 text-ink-soft">{notices.join(" ")}</p>
              )}
            </>
          )}
          <div
            className={cx(
              "min-h-0 flex-1 transition-opacity duration-120",
              results.isStale && isAsked && "opacity-55 delay-150",
            )}
          >
            {isAsked ? (
              <ResultsPane
                ref={list}
                results={results}
                question={question}
                chips={chips}
                runtimes={runtimes}
                place={place}
                open={open}
                onPlace={(where) => keepPlace(entry, { ...where, open })}
                onUnfold={(group) => setOpen(new Set([...open, group]))}
                onOpen={() => rememberSearch(q)}
                onLeave={toField}
                onAsk={ask}
              />
            ) : (
              <SearchStart
                state={state}
                onSearch={(text) => {
                  ask({ q: text });
                  toField();
                }}
                onOpenSaved={(saved: SavedSearch) => {
                  onAsk({ q: saved.query, mode: saved.mode ?? "hybrid", sort: saved.sort ?? "best" }, "push");
                  toField();
                }}
              />
            )}
          </div>
        </section>
      </div>
      {isSaving && <SaveDialog question={question} onClose={() => setSaving(false)} />}
      <Dialog isOpen={isFiltering && !isWide} onOpenChange={setFiltering} title="Filters" isWide={!isPhone}>
        <div className="pb-4">{facets}</div>
      </Dialog>
    </div>
  );
}
