export type { DemoArchive } from "./jobs/vault-jobs.ts";
export { showSummary } from "./recall/summarise-session.ts";
export { createRecall } from "./recall/create-recall.ts";
export type { RecallOptions } from "./recall/create-recall.ts";
export type { FoundPassage, Recalled, RecallAsk, RecallPort } from "./recall/recall-port.ts";
export type { RequestLine, ServerParts } from "./server-context.ts";
export { defaultPort, startServer } from "./start-server.ts";
export type { RunningServer, ServerOptions } from "./start-server.ts";
