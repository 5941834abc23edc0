// For harnesses outside of this package.
export { dumpIndex } from "./dump-index.ts";
export { plantSearchBug, searchBugs } from "./planted-bugs.ts";
