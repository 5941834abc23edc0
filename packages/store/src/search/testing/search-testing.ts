// For harnesses outside of this package.
export { dumpIndex } from "./dump-index.ts";
export { plantSearchBug, searchBugs } from "./planted-bugs.ts";
export { buildIndex, openQuestions } from "./bare-index.ts";
export type { BuiltConversation, BareQuestions, IndexBuilder } from "./bare-index.ts";
