import { ChattyError, createUuid, isUuid } from "@chatty/model";
import type { JsonValue } from "@chatty/model";
import type { UserVault } from "@chatty/store";
import Value from "typebox/value";
import { SavedSearch } from "../../api/saved-searches.ts";
import type { NewSavedSearch, SavedSearchPatch } from "../../api/saved-searches.ts";

/** Setting under which saved searches are kept. */
export const savedSearchesKey = "search.saved";
/** So many are kept at most. */
export const mostSavedSearches = 200;

/** The searches that a person keeps, in the order they were made. */
export interface SavedSearches {
  list(): SavedSearch[];
  /** @returns the one there is when the id was used before. @throws {ChattyError} SAVED_SEARCHES_FULL, SAVED_SEARCH_INVALID */
  add(draft: NewSavedSearch): Promise<{ search: SavedSearch; isNew: boolean }>;
  /** @throws {ChattyError} SAVED_SEARCH_NOT_FOUND */
  change(searchId: string, patch: SavedSearchPatch): Promise<SavedSearch>;
  /** @throws {ChattyError} SAVED_SEARCH_NOT_FOUND */
  remove(searchId: string): Promise<void>;
}

/** @param now integer milliseconds UTC */
export function createSavedSearches(
  user: Pick<UserVault, "settings" | "setSettings">,
  now: () => number,
): SavedSearches {
  /** One change at a time: the list is written whole. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const list = (): SavedSearch[] => {
    const stored = user.settings()[savedSearchesKey];
    return Array.isArray(stored) ? stored.filter((each) => Value.Check(SavedSearch, each)) : [];
  };
  const save = async (searches: readonly SavedSearch[]): Promise<void> => {
    await user.setSettings({ [savedSearchesKey]: searches as unknown as JsonValue });
  };
  const requireOne = (searchId: string): SavedSearch => {
    const found = list().find((each) => each.searchId === searchId);
    if (found !== undefined) return found;
    throw new ChattyError("SAVED_SEARCH_NOT_FOUND", "There is no such saved search.", {
      hint: "`GET /api/searches` lists them.",
    });
  };
  return {
    list,
    add: (draft) =>
      inTurn(async () => {
        const { id, ...rest } = draft;
        if (id !== undefined && !isUuid(id)) {
          throw new ChattyError("SAVED_SEARCH_INVALID", "The id of a saved search is not a UUID.", {
            hint: "Give a UUID, or none.",
          });
        }
        const searches = list();
        const known = searches.find((each) => each.searchId === id);
        if (known !== undefined) return { search: known, isNew: false };
        if (searches.length >= mostSavedSearches) {
          throw new ChattyError(
            "SAVED_SEARCHES_FULL",
            `There are ${mostSavedSearches} saved searches already.`,
            {
              hint: "Remove one that is not needed any more.",
            },
          );
        }
        const at = now();
        const search = { ...rest, name: rest.name.trim(), searchId: id ?? createUuid(at), createdAt: at };
        await save([...searches, search]);
        return { search, isNew: true };
      }),
    change: (searchId, patch) =>
      inTurn(async () => {
        const changed = patched(requireOne(searchId), patch);
        await save(list().map((each) => (each.searchId === searchId ? changed : each)));
        return changed;
      }),
    remove: (searchId) =>
      inTurn(async () => {
        requireOne(searchId);
        await save(list().filter((each) => each.searchId !== searchId));
      }),
  };
}

function patched(before: SavedSearch, patch: SavedSearchPatch): SavedSearch {
  const { mode: modeBefore, sort: sortBefore, ...rest } = before;
  const mode = patch.mode === undefined ? modeBefore : (patch.mode ?? undefined);
  const sort = patch.sort === undefined ? sortBefore : (patch.sort ?? undefined);
  return {
    ...rest,
    ...(patch.name === undefined ? {} : { name: patch.name.trim() }),
    ...(patch.query === undefined ? {} : { query: patch.query }),
    ...(mode === undefined ? {} : { mode }),
    ...(sort === undefined ? {} : { sort }),
  };
}
