import type { SavedSearch, SearchState } from "@chatty/server/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bookmark, History, X } from "lucide-react";
import type { ReactNode } from "react";
import { describeError } from "../../api/client.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { deleteSavedSearch, savedSearches, saveSearch } from "../../api/search.ts";
import { IconButton } from "../../ui/button.tsx";
import { formatAmount } from "../../ui/format.ts";
import { showProblem, showToast } from "../../ui/toast-store.ts";
import { useRecentSearches } from "./recent-searches.ts";

interface SearchStartProps {
  state: SearchState | undefined;
  onSearch: (q: string) => void;
  onOpenSaved: (search: SavedSearch) => void;
}

const examples: readonly (readonly [q: string, what: string])[] = [
  ["boat repair", "both words, in any order, in any conversation"],
  ['"double entry"', "these words exactly so"],
  ["harbour -ferry", "the one without the other"],
  ["swim*", "every word that begins so"],
  ["epoxy from:me", "only what you wrote"],
  ["model:gpt-4* before:2024-05", "by model, and by date"],
  ["has:code in:thinking", "by what is in it, and where it stands"],
  ["in:title ledger", "in titles alone"],
  ['code:"useEff"', "letter by letter, also within a word"],
];

/** The page before anything is asked: what was kept, what was asked lately, and how to ask. */
export function SearchStart({ state, onSearch, onOpenSaved }: SearchStartProps) {
  const recent = useRecentSearches();
  return (
    <div className="h-full overflow-y-auto pt-4 pb-10">
      <div className="flex max-w-[70ch] flex-col gap-7">
        {state !== undefined && (
          <p className="px-3 text-14 text-ink-soft">
            {formatAmount(state.messages, "message")} in {formatAmount(state.sessions, "conversation")}, from
            every runtime and every branch.
            {state.pendingSessions > 0 &&
              ` ${formatAmount(state.pendingSessions, "conversation")} more to be read.`}
          </p>
        )}
        {state?.state === "failed" && (
          <p role="alert" className="mx-3 rounded-card bg-amber-tint p-4 text-14">
            {state.failure ?? "The index could not be made."} Nothing of yours is touched by it.{" "}
            <Link
              to="/app/settings/$section"
              params={{ section: "search" }}
              className="text-accent-ink underline underline-offset-2"
            >
              Make the index again
            </Link>
          </p>
        )}
        <SavedList onOpen={onOpenSaved} />
        {recent.length > 0 && (
          <Part title="Lately">
            {recent.map((q) => (
              <Row key={q} icon={<History size={16} aria-hidden />} onClick={() => onSearch(q)}>
                <span className="truncate" dir="auto">
                  {q}
                </span>
              </Row>
            ))}
          </Part>
        )}
        <Part title="How to ask">
          {examples.map(([q, what]) => (
            <Row key={q} onClick={() => onSearch(q)}>
              <span className="flex min-w-0 gap-x-3 max-md:flex-col">
                <code className="w-56 shrink-0 truncate font-mono text-13 text-ink">{q}</code>
                <span className="min-w-0 truncate text-ink-muted max-md:text-13">{what}</span>
              </span>
            </Row>
          ))}
        </Part>
      </div>
    </div>
  );
}

function SavedList({ onOpen }: { onOpen: (search: SavedSearch) => void }) {
  const client = useQueryClient();
  const { data } = useQuery(savedSearches());
  const renew = () => client.invalidateQueries({ queryKey: queryKeys.savedSearches });
  const remove = async (search: SavedSearch) => {
    const { name, query, mode, sort } = search;
    try {
      await deleteSavedSearch(search.searchId);
      await renew();
    } catch (error) {
      showProblem(describeError(error));
      return;
    }
    const bringBack = async () => {
      await saveSearch({
        name,
        query,
        ...(mode === undefined ? {} : { mode }),
        ...(sort === undefined ? {} : { sort }),
      });
      await renew();
    };
    showToast({
      message: `“${name}” was removed.`,
      action: {
        label: "Undo",
        onAct: () => {
          bringBack().then(undefined, (error: unknown) => showProblem(describeError(error)));
        },
      },
    });
  };
  if (data === undefined || data.searches.length === 0) return null;
  return (
    <Part title="Saved">
      {data.searches.map((search) => (
        <Row
          key={search.searchId}
          icon={<Bookmark size={16} aria-hidden />}
          onClick={() => onOpen(search)}
          aside={
            <IconButton
              label={`Remove ${search.name}`}
              onClick={() => {
                remove(search).catch(() => {
                  // Told where it happened.
                });
              }}
            >
              <X size={16} aria-hidden />
            </IconButton>
          }
        >
          <span className="truncate" dir="auto">
            {search.name}
          </span>
          {search.query !== search.name && (
            <code className="min-w-0 truncate font-mono text-12 text-ink-muted">{search.query}</code>
          )}
        </Row>
      ))}
    </Part>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-1 px-3 text-12 font-medium text-ink-muted">{title}</h2>
      <ul>{children}</ul>
    </section>
  );
}

interface RowProps {
  icon?: ReactNode;
  onClick: () => void;
  aside?: ReactNode;
  children: ReactNode;
}

function Row({ icon, onClick, aside, children }: RowProps) {
  return (
    <li className="flex items-center">
      <button
        type="button"
        onClick={onClick}
        className="flex h-9 min-w-0 flex-1 items-center gap-3 rounded-control px-3 text-left text-14 text-ink hover:bg-hover max-md:h-13"
      >
        {icon !== undefined && <span className="shrink-0 text-ink-muted">{icon}</span>}
        {children}
      </button>
      {aside}
    </li>
  );
}
