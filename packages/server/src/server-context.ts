import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { UserVault, Vault } from "@chatty/store";
import type { BackupCare } from "./backups/backup-care.ts";
import type { IdleCare } from "./care/idle-care.ts";
import type { EventHub } from "./events/event-hub.ts";
import type { ImportJobs } from "./jobs/import-jobs.ts";
import type { JobBoard } from "./jobs/job-board.ts";
import type { DemoArchive } from "./jobs/vault-jobs.ts";
import type { ProviderBook, RuntimePorts } from "./providers/provider-book.ts";
import type { RecallPort } from "./recall/recall-port.ts";
import type { MemoryCare } from "./recall/memory-care.ts";
import type { GenerationPort } from "./routes/generation/generation-port.ts";
import type { SignIn } from "./security/sign-in.ts";

/** The app as routes see it: schemas give the types of what they read and answer. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** One line of the log. Never bodies, queries, cookies or tokens. */
export interface RequestLine {
  requestId: string;
  method: string;
  /** The route's pattern, not what was asked for: paths can hold names. */
  route: string;
  status: number;
  tookMs: number;
  /** Of an error that nobody expected. */
  stack?: string;
}

/** What the server needs of whoever starts it. */
export interface ServerParts {
  vault: Vault;
  /** The only user when absent. */
  user?: UserVault;
  version: string;
  /** Data home, for people to see where everything lies. */
  home: string;
  /** Folder of the built page. */
  webRoot?: string | undefined;
  /** Integer milliseconds UTC. */
  now?: () => number;
  /** Archives of made-up conversations, for `demo`. */
  demo?: (signal: AbortSignal) => DemoArchive[];
  /** Bytes on disk by part of the vault. */
  measure?: () => Promise<{ name: string; bytes: number }[]>;
  /** What live models need beside what is configured. */
  runtimes?: RuntimePorts;
  log?: (line: RequestLine) => void;
  /** Holds every JSON answer against the schema of its route; for tests. */
  checksAnswers?: boolean;
}

/** What routes have at hand. */
export interface ServerContext {
  vault: Vault;
  user: UserVault;
  version: string;
  home: string;
  webRoot: string | undefined;
  now: () => number;
  demo: ServerParts["demo"];
  measure: ServerParts["measure"];
  signIn: SignIn;
  events: EventHub;
  board: JobBoard;
  imports: ImportJobs;
  backups: BackupCare;
  care: IdleCare;
  memoryCare: MemoryCare;
  providers: ProviderBook;
  generation: GenerationPort;
  /** What earlier conversations say about a message. */
  recall: RecallPort;
  /** The model inside this process, if there is one. */
  builtin: RuntimePorts["builtin"];
}
