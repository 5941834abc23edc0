import { useSyncExternalStore } from "react";

/** What was searched for lately, newest first. Kept while the page is open and nowhere else: what one looks for is nobody's business. */
let recent: readonly string[] = [];
const listeners = new Set<() => void>();
const most = 8;

export function rememberSearch(q: string): void {
  const text = q.trim();
  if (text === "" || recent[0] === text) return;
  recent = [text, ...recent.filter((other) => other !== text)].slice(0, most);
  for (const listener of listeners) listener();
}

export function useRecentSearches(): readonly string[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => recent,
  );
}
