import { dirname } from "node:path";
import { ChattyError } from "@chatty/model";
import type { Vault } from "@chatty/store";
import type { RunningServer, ServerOptions } from "@chatty/server";
import type { LlamaEngine } from "../builtin-model/llama-engine.ts";
import type { CommandContext, ExitCode } from "../command-context.ts";
import type { CommandDescription } from "../command-description.ts";
import { createDemoArchives } from "../demo/write-demo.ts";
import { hasFlag, numberOption, textOption } from "../invocation.ts";
import { measureFolder } from "../local-files.ts";
import { openBrowser } from "../open-browser.ts";
import { programVersion } from "../version.ts";
import { webPagePlace } from "../web-page-place.ts";
import { defaultConversations, defaultSeed } from "./demo.ts";

/** The server of each vault that this process owns, so that the command asked again finds it. */
const servers = new WeakMap<Vault, RunningServer>();
/** Set by the asker: the process that was typed into. */
const askerOption = "asker";

export const serveCommand: CommandDescription = {
  words: ["serve"],
  summary: "Open the workspace in the browser.",
  details: [
    "Serves the vault to this machine alone until Ctrl-C, and prints a link that signs one browser in, once. Other commands",
    "work meanwhile; they go through the server. Asked again while it runs, it prints a new link and ends.",
  ],
  arguments: [],
  options: [
    {
      name: "host",
      value: "HOST",
      summary: "127.0.0.1 (when not given), localhost or ::1; nothing else yet.",
    },
    {
      name: "port",
      value: "N",
      kind: "count",
      max: 65_535,
      summary: "7474 when not given, or a free one when that is taken; 0 is any free one.",
    },
    { name: "open", summary: "Open the link in the browser." },
    { name: "link", summary: "Only print a new link to the server that runs." },
  ],
  examples: [
    { line: "serve", says: "the workspace, until Ctrl-C" },
    { line: "serve --open", says: "and open it in the browser" },
    { line: "serve --link", says: "a new link for another browser, while the server runs" },
  ],
  json: 'one line when ready, then it runs: `{"url","pid","token"}`; the token signs a browser in once, as `/?token=…` or `POST /api/session`. With --link `{"url","pid"}`, the address with such a token.',
  onOwnerLoss: "report",
  prepare: (invocation) => ({
    ...invocation,
    options: { ...invocation.options, [askerOption]: process.pid },
  }),
  async run(context) {
    const { invocation, vault } = context;
    const running = servers.get(vault);
    if (running !== undefined) return await tellLink(context, running);
    if (hasFlag(invocation, "link")) throw notServed();
    if (numberOption(invocation, askerOption) !== process.pid) throw ownedByAnother();
    return await serve(context);
  },
};

async function serve(context: CommandContext): Promise<ExitCode> {
  const { invocation, output, signal, vault } = context;
  // Only when it is needed: every other command starts without it.
  const { startServer } = await import("@chatty/server");
  const { llamaEngine } = await import("../builtin-model/llama-engine.ts");
  const webRoot = await webPagePlace();
  const builtin = llamaEngine(dirname(vault.root));
  const server = await startServer(serverOptions(context, webRoot, builtin));
  servers.set(vault, server);
  try {
    const { url } = server;
    if (invocation.json) await output.line({ url, pid: process.pid, token: server.createToken() });
    else {
      const link = server.createLink();
      await output.result({}, (style) => welcome(url, style.accent(link), webRoot !== undefined));
      await openIfAsked(context, link);
    }
    await untilAborted(signal);
    await output.note(
      "Stopping. What is being imported is finished first; Ctrl-C again leaves it for the next start.",
    );
  } finally {
    servers.delete(vault);
    await server.close();
    await builtin.close();
  }
  return 0;
}

function serverOptions(
  { invocation, vault, user, output }: CommandContext,
  webRoot: string | undefined,
  builtin: LlamaEngine,
): ServerOptions {
  const host = textOption(invocation, "host");
  const port = numberOption(invocation, "port");
  return {
    vault,
    user,
    version: programVersion,
    home: dirname(vault.root),
    webRoot,
    runtimes: { builtin },
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    demo: (signal) => createDemoArchives({ seed: defaultSeed, conversations: defaultConversations }, signal),
    measure: () => measureFolder(vault.root),
    log: ({ stack, requestId, method, route, status }) => {
      if (stack === undefined) return;
      // A remark that cannot be written has nobody to read it.
      output
        .note(`${method} ${route} failed with ${status} (${requestId}).\n${stack}`)
        .catch(() => undefined);
    },
  };
}

/** Another browser, or the same one after it was cleared: a new link to the server that runs. */
async function tellLink(context: CommandContext, server: RunningServer): Promise<ExitCode> {
  const { invocation, output } = context;
  const link = server.createLink();
  const { url } = server;
  const isLink = hasFlag(invocation, "link");
  const value = isLink
    ? { url: link, pid: process.pid }
    : { url, pid: process.pid, token: server.createToken() };
  await output.result(value, (style) =>
    isLink ? link : `Chatty runs already. A new link, which works once:\n\n  ${style.accent(link)}\n`,
  );
  await openIfAsked(context, link);
  return 0;
}

async function openIfAsked({ invocation, output }: CommandContext, link: string): Promise<void> {
  if (!hasFlag(invocation, "open")) return;
  if (await openBrowser(link, process.platform)) return;
  await output.note("No browser could be opened from here; open the link yourself.");
}

function welcome(url: string, link: string, isBuilt: boolean): string {
  const lines = [
    `Chatty is at ${url}. Open it with this link, which works once:`,
    "",
    `  ${link}`,
    "",
    "Ctrl-C stops it. `chatty serve` in another terminal prints a new link.",
  ];
  if (!isBuilt) lines.push("The page is not built yet: `npm start` in the checkout builds it.");
  return lines.join("\n");
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function notServed(): ChattyError {
  return new ChattyError("SERVER_NOT_RUNNING", "No server runs for this vault.", {
    hint: "Start it with: chatty serve",
  });
}

function ownedByAnother(): ChattyError {
  return new ChattyError("VAULT_BUSY", "Another command is at work in this vault.", {
    hint: "Let it end, then start the server: chatty serve",
  });
}
