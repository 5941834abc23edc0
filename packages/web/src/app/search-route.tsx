import { getRouteApi, useLocation, useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { Question } from "../api/search.ts";
import { SearchPage } from "../features/search/search-page.tsx";
import { SimilarPage } from "../features/search/similar-page.tsx";
import { useDocumentTitle } from "../ui/use-document-title.ts";

const route = getRouteApi("/app/search");

/** `?q=` is the question, `?mode=` and `?sort=` how it is answered; `?like=` names a message of which others are to be found. */
export function SearchRoute() {
  const { q = "", mode = "hybrid", sort = "best", like } = route.useSearch();
  const navigate = useNavigate();
  const entry = useLocation({ select: ({ state }) => state.__TSR_key });
  useDocumentTitle(q.trim() === "" ? "Search" : `${q.trim()} · Search`);
  const question = useMemo<Question>(() => ({ q, mode, sort }), [q, mode, sort]);
  const onAsk = useCallback(
    (next: Question, how: "push" | "replace") => {
      navigate({
        to: "/app/search",
        search: {
          ...(next.q === "" ? {} : { q: next.q }),
          ...(next.mode === "hybrid" ? {} : { mode: next.mode }),
          ...(next.sort === "best" ? {} : { sort: next.sort }),
        },
        replace: how === "replace",
      }).catch(() => {
        // The address stays as it is.
      });
    },
    [navigate],
  );
  if (like !== undefined) return <SimilarPage like={like} entry={entry} />;
  return <SearchPage question={question} entry={entry} onAsk={onAsk} />;
}
