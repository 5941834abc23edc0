// The threads of search in tests: the store's own, with the importers.
import { serveSearch } from "@chatty/store/search-thread";

serveSearch(async () => (await import("@chatty/importers")).exportReader);
