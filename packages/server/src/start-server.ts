import type { AddressInfo } from "node:net";
import { ChattyError } from "@chatty/model";
import { createBackupCare } from "./backups/backup-care.ts";
import { createIdleCare } from "./care/idle-care.ts";
import { createApp } from "./create-app.ts";
import { createEventHub } from "./events/event-hub.ts";
import { createGenerationHub } from "./generation/generation-hub.ts";
import { vaultAnswerStore } from "./generation/vault-answer-store.ts";
import { createImportJobs } from "./jobs/import-jobs.ts";
import { createJobBoard } from "./jobs/job-board.ts";
import { createAnswerProviders } from "./providers/answer-providers.ts";
import { createMemoryCare } from "./recall/memory-care.ts";
import { createRecall } from "./recall/create-recall.ts";
import { createProviderBook } from "./providers/provider-book.ts";
import { settingsOf } from "./routes/settings/settings-routes.ts";
import { createSignIn } from "./security/sign-in.ts";
import type { App, ServerContext, ServerParts } from "./server-context.ts";

export interface ServerOptions extends ServerParts {
  /** `127.0.0.1`, `::1` or `localhost`; the first when absent. */
  host?: string;
  /** 7474 or, when that is taken, any free one when absent; 0: any free one. */
  port?: number;
  /** Milliseconds between two looks at whether the vault is to be verified by itself; ten minutes when absent. */
  careEveryMs?: number;
  /** Milliseconds that looking for earlier passages may take before an answer is made without; half a second when absent. */
  recallBoundMs?: number;
  /** Adds routes beside ours; for tests. */
  plant?: (app: App) => void;
}

/** A server that is listening. */
export interface RunningServer {
  /** Without a final slash. */
  readonly url: string;
  readonly port: number;
  /** A token that signs one browser in, once. */
  createToken(): string;
  /** The address with such a token. */
  createLink(): string;
  /**
   * Stops accepting, keeps what is being answered as far as it is, tells every tab goodbye. Imports that run go on until the vault is closed,
   * which stays the caller's to do. Safe to call twice.
   */
  close(): Promise<void>;
}

export const defaultPort = 7474;
const loopbackHosts = ["127.0.0.1", "localhost", "::1"];
/** How long a request that is under way may take when the server is stopped; what is not acknowledged is repeated by its sender. */
const goodbyeMs = 2000;
/** Secret of the vault that holds the hashes of signed-in browsers. */
const browsersSecret = "server.browsers";

/**
 * Serves a vault on this machine. The caller owns the vault and closes it after the server.
 * @throws {ChattyError} HOST_NOT_LOOPBACK, PORT_TAKEN
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const host = checkHost(options.host ?? "127.0.0.1");
  const context = createContext(options);
  const app = await createApp(context, options);
  try {
    await listen(app, host, options.port);
  } catch (error) {
    await closeAll(app, context);
    throw error;
  }
  context.imports.resume();
  context.backups.watch();
  context.care.watch();
  context.memoryCare.watch();
  const { port } = app.server.address() as AddressInfo;
  const url = `http://${host === "::1" ? "[::1]" : host}:${port}`;
  let closing: Promise<void> | undefined;
  const createToken = (): string => context.signIn.createToken();
  return {
    url,
    port,
    createToken,
    createLink: () => `${url}/?token=${createToken()}`,
    close() {
      closing ??= closeAll(app, context);
      return closing;
    },
  };
}

function createContext(options: ServerOptions): ServerContext {
  const { vault, version, home, webRoot, demo, measure } = options;
  const user = options.user ?? vault.user();
  const now = options.now ?? Date.now;
  const lookEvery = options.careEveryMs === undefined ? {} : { lookEveryMs: options.careEveryMs };
  const recallBound = options.recallBoundMs === undefined ? {} : { boundMs: options.recallBoundMs };
  const events = createEventHub(user);
  const board = createJobBoard((job) => events.tell({ type: "job", job }), now);
  const signInStore = {
    load: () => user.secret(browsersSecret),
    save: (text: string) => user.setSecret(browsersSecret, text),
  };
  const providers = createProviderBook(user, options.runtimes ?? {}, () =>
    events.tell({ type: "providers" }),
  );
  const recall = createRecall({ user, settings: () => settingsOf(user), now, ...recallBound });
  const generation = createGenerationHub({
    store: vaultAnswerStore(user),
    providers: createAnswerProviders(providers, () => settingsOf(user).defaultModel ?? undefined),
    builtin: options.runtimes?.builtin,
    recall,
    checkpointEveryMs: () => settingsOf(user).answerCheckpointMs,
  });
  generation.onState((state) => events.tell({ type: "generation", ...state }));
  const backups = createBackupCare({ vault, user, board, now });
  return {
    builtin: options.runtimes?.builtin,
    recall,
    providers,
    generation,
    vault,
    user,
    version,
    home,
    webRoot,
    now,
    demo,
    measure,
    events,
    board,
    signIn: createSignIn(signInStore, now),
    imports: createImportJobs({ user, board }),
    backups,
    memoryCare: createMemoryCare({ user, board, now, ...lookEvery }),
    care: createIdleCare({ vault, user, board, backups, now, ...lookEvery }),
  };
}

async function closeAll(app: App, context: ServerContext): Promise<void> {
  context.imports.stop();
  await Promise.all([context.backups.stop(), context.care.stop(), context.memoryCare.stop()]);
  // What there is of every answer becomes durable, and its readers are told, before the connections end.
  await context.generation.close();
  context.events.close();
  const impatience = setTimeout(() => app.server.closeAllConnections(), goodbyeMs);
  await app.close();
  clearTimeout(impatience);
  // An import that runs is let come to its end, and switches to its runtime; the upload of one that is killed is imported at the next start.
  await context.board.settle();
}

async function listen(app: App, host: string, port: number | undefined): Promise<void> {
  try {
    await app.listen({ host, port: port ?? defaultPort });
  } catch (error) {
    const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    if (!isTaken) throw error;
    if (port !== undefined) {
      throw new ChattyError("PORT_TAKEN", `Port ${port} is used by another program.`, {
        hint: "Leave --port out, or name another one.",
        where: { port },
      });
    }
    await app.listen({ host, port: 0 });
  }
}

/** @throws {ChattyError} HOST_NOT_LOOPBACK */
function checkHost(host: string): string {
  if (loopbackHosts.includes(host)) return host;
  throw new ChattyError(
    "HOST_NOT_LOOPBACK",
    `Chatty does not listen on ${JSON.stringify(host.slice(0, 80))}.`,
    {
      hint: "It has no accounts yet, so only this machine may reach it: use 127.0.0.1, localhost or ::1.",
    },
  );
}
