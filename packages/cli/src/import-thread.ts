// What runs in the thread of an import: the same importers, without a vault.
import { enableCompileCache } from "node:module";

// As in the program itself, and for the same reason; a thread does not inherit it.
enableCompileCache();

const { exportReader } = await import("@chatty/importers");
const { serveImports } = await import("@chatty/store/import-thread");
serveImports(exportReader);
