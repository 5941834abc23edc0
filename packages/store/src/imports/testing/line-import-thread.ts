// The thread of imports that tests make of line exports.
import { serveImports } from "../digest/import-thread.ts";
import { lineExportReader } from "./line-export.ts";

serveImports(lineExportReader());
