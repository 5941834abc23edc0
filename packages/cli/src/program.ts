import { join } from "node:path";
import { isChattyError } from "@chatty/model";
import type { Vault } from "@chatty/store";
import type { BareContext, ExitCode } from "./command-context.ts";
import type { CommandDescription, OwnerLossPolicy } from "./command-description.ts";
import { commandList, findCommandByName } from "./command-list.ts";
import type { ProgramEnvironment } from "./environment.ts";
import type { Invocation } from "./invocation.ts";
import { hasFlag, usageError } from "./invocation.ts";
import { createCommandOutput } from "./output/command-output.ts";
import { reportFromError, writeError } from "./output/error-report.ts";
import { commandHelp, programHelp } from "./output/help-text.ts";
import { countOf } from "./output/phrases.ts";
import type { Asking } from "./owner/asking.ts";
import { askOnce, askRepeatedly } from "./owner/asking.ts";
import { askForLines } from "./owner/line-asking.ts";
import { ownOrAsk } from "./owner/own-or-ask.ts";
import { versionError } from "./owner/owner-server.ts";
import { socketAddresses } from "./owner/socket-address.ts";
import type { Request } from "./parse-words.ts";
import { parseWords, wantsJson } from "./parse-words.ts";
import type { Streams } from "./streams.ts";
import { OutputClosed, stoppableInput, unlessStopped } from "./streams.ts";
import { programVersion } from "./version.ts";

type CommandRequest = Extract<Request, { kind: "command" }>;

export interface ProgramParts {
  openVault(home: string, environment: string): Promise<Vault>;
  /** How long to look for an owner that neither answers nor lets go; 15 s. */
  ownerPatienceMs: number;
}

/** Runs the program once and says with which code to exit. Never rejects. */
export async function runProgram(environment: ProgramEnvironment, parts: ProgramParts): Promise<number> {
  const streams: Streams = {
    stdin: { [Symbol.asyncIterator]: () => environment.stdin()[Symbol.asyncIterator]() },
    stdout: environment.stdout,
    stderr: environment.stderr,
    terminal: environment.terminal,
  };
  const stop = new AbortController();
  let stoppedCode = 130;
  const ignoreInterrupts = environment.onInterrupt((code) => {
    if (stop.signal.aborted) environment.exitNow(stoppedCode);
    stoppedCode = code;
    stop.abort();
  });
  try {
    return await runWords(environment, streams, parts, stop.signal);
  } catch (error) {
    return await tellFailure(error, environment, streams, stop.signal.aborted ? stoppedCode : undefined);
  } finally {
    ignoreInterrupts();
  }
}

async function runWords(
  environment: ProgramEnvironment,
  streams: Streams,
  parts: ProgramParts,
  signal: AbortSignal,
): Promise<number> {
  const request = parseWords(environment.words, commandList, {
    workingFolder: environment.workingFolder,
    home: environment.defaultHome,
    environment: environment.defaultEnvironment,
  });
  if (request.kind === "help") return await showHelp(request.topic, streams, request.json);
  if (request.kind === "version") {
    const output = createCommandOutput(streams, request.json);
    await output.result({ version: programVersion }, () => `chatty ${programVersion}`);
    return 0;
  }
  const { command } = request;
  // From here on hints name the vault that the person named.
  streams.terminal = { ...streams.terminal, program: `${streams.terminal.program}${request.vaultWords}` };
  const runAlone = command.runAlone?.(request.invocation);
  if (runAlone !== undefined) {
    return await runAlone({ ...bareContext(request.invocation, streams, signal), home: request.home });
  }
  const place = command.placeOf?.(request.invocation);
  return await runWithVault({ ...request, ...place }, environment, streams, parts, signal);
}

async function showHelp(topic: readonly string[], streams: Streams, json: boolean): Promise<number> {
  const output = createCommandOutput(streams, json);
  const { style } = output;
  const command =
    findCommandByName(topic.slice(0, 2).join(" ")) ??
    (topic[0] === undefined ? undefined : findCommandByName(topic[0]));
  if (command === undefined && topic.length > 0) {
    throw usageError(
      `There is no command ${JSON.stringify(topic.join(" "))}.`,
      "`chatty --help` lists the commands.",
    );
  }
  const text =
    command === undefined ? programHelp(commandList, style) : commandHelp(command, commandList, style);
  await output.result({ help: text }, () => text);
  return 0;
}

async function runWithVault(
  request: CommandRequest,
  environment: ProgramEnvironment,
  streams: Streams,
  parts: ProgramParts,
  signal: AbortSignal,
): Promise<number> {
  const invocation = request.command.prepare?.(request.invocation) ?? request.invocation;
  const asking = createAsking(request.command, invocation, streams);
  const root = join(request.home, request.environment);
  const remarks = createCommandOutput(streams, invocation.json);
  const tell = (text: string): void => {
    // A remark that cannot be written has nobody to read it.
    remarks.note(text).catch(() => undefined);
  };
  try {
    const code = await ownOrAsk({
      openVault: async () => {
        const vault = await parts.openVault(request.home, request.environment);
        // Whoever mistyped the place would take the answers of an empty vault for those of their own.
        if (vault.isNew) tell(`There was no vault in ${root}: a new, empty one was made there.`);
        return vault;
      },
      addresses: () =>
        socketAddresses({
          root,
          runtimeFolders: environment.runtimeFolders,
          platform: environment.platform,
        }),
      environment: request.environment,
      asking,
      terminal: streams.terminal,
      signal,
      run: runInVault,
      processId: environment.processId,
      patienceMs: parts.ownerPatienceMs,
      onDraining(running) {
        tell(`Finishing ${countOf(running, "command")} of others that use this vault through here.`);
      },
      onCloseFailure(error) {
        tell(
          `The result stands, but the vault was not closed cleanly: ${reportFromError(error, false).message}`,
        );
      },
    });
    asking.finish();
    return code;
  } catch (error) {
    const told = await tellUnopened(request, error, streams, signal);
    if (told !== undefined) return told;
    // A reader that has seen enough of a list is content; one that misses the answer to a change is not.
    if (error instanceof OutputClosed && !signal.aborted)
      return policyOf(request.command, invocation) === "repeat" ? 0 : 1;
    throw error;
  } finally {
    await asking.close();
  }
}

/** Lets a command that can say something about a vault that does not open say it. */
async function tellUnopened(
  { command, invocation, home, environment }: CommandRequest,
  error: unknown,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode | undefined> {
  if (command.runUnopened === undefined || signal.aborted || error instanceof OutputClosed) return undefined;
  // What was asked for is wrong, not the vault.
  const isAboutAsking = isChattyError(error) && /^(?:USAGE|ENVIRONMENT_UNKNOWN|USER_.*)$/.test(error.code);
  if (isAboutAsking) return undefined;
  const report = reportFromError(error, false);
  return await command.runUnopened({
    ...bareContext(invocation, streams, signal),
    home,
    environment,
    error: report,
  });
}

/** Runs a command of our own or of somebody else against the open vault. */
async function runInVault(
  vault: Vault,
  invocation: Invocation,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const command = findCommandByName(invocation.command);
  if (command === undefined) throw versionError();
  const context = bareContext(invocation, streams, signal);
  try {
    // What is about the vault is asked for whichever users there are.
    if (command.isAboutVault !== true) vault.user(invocation.user);
    const running = command.run({
      ...context,
      vault,
      get user() {
        return vault.user(invocation.user);
      },
    });
    // What only reads is left behind when it is stopped; what changes something is let come to its own end.
    return await (command.isLeftWhenStopped === true ? unlessStopped(running, signal) : running);
  } finally {
    await context.output.progress.clear();
  }
}

function createAsking(command: CommandDescription, invocation: Invocation, streams: Streams): Asking {
  switch (policyOf(command, invocation)) {
    case "report":
      return askOnce(invocation, streams);
    case "repeat":
      return askRepeatedly(invocation, streams);
    case "lines":
      return hasFlag(invocation, "lines")
        ? askForLines(invocation, streams)
        : askRepeatedly(invocation, streams);
  }
}

function policyOf(command: CommandDescription, invocation: Invocation): OwnerLossPolicy {
  const { onOwnerLoss } = command;
  return typeof onOwnerLoss === "function" ? onOwnerLoss(invocation) : onOwnerLoss;
}

function bareContext(invocation: Invocation, streams: Streams, signal: AbortSignal): BareContext {
  return {
    invocation,
    stdin: { [Symbol.asyncIterator]: () => stoppableInput(streams.stdin, signal) },
    stdinIsTerminal: streams.terminal.stdinIsTerminal,
    output: createCommandOutput(streams, invocation.json),
    signal,
  };
}

async function tellFailure(
  error: unknown,
  environment: ProgramEnvironment,
  streams: Streams,
  stoppedCode: number | undefined,
): Promise<number> {
  if (error instanceof OutputClosed) return stoppedCode ?? 0;
  const json = wantsJson(environment.words);
  const report =
    stoppedCode === undefined
      ? reportFromError(error, environment.terminal.debug)
      : {
          code: "INTERRUPTED",
          message: "Stopped before it was done. Nothing is lost.",
          hint: "The same command again goes on where that is possible.",
        };
  // Whoever should read it may be gone.
  await writeError(streams, json, report).catch(() => undefined);
  if (stoppedCode !== undefined) return stoppedCode;
  return isChattyError(error, "USAGE") ? 2 : 1;
}
