export type { DemoArchive } from "./jobs/vault-jobs.ts";
export type { RequestLine, ServerParts } from "./server-context.ts";
export { defaultPort, startServer } from "./start-server.ts";
export type { RunningServer, ServerOptions } from "./start-server.ts";
