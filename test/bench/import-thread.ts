// The thread of the imports that benches and tests make through the library.
import { exportReader } from "@chatty/importers";
import { serveImports } from "@chatty/store/import-thread";

serveImports(exportReader);
