// What runs in the threads of search: an index and questions about it, without a vault.
import { enableCompileCache } from "node:module";

// As in the program itself, and for the same reason; a thread does not inherit it.
enableCompileCache();

const { serveSearch } = await import("@chatty/store/search-thread");
serveSearch(async () => (await import("@chatty/importers")).exportReader);
