import { ChattyError, isChattyError } from "@chatty/model";
import type { Vault } from "@chatty/store";
import type { ExitCode } from "../command-context.ts";
import type { Asking } from "./asking.ts";
import type { Streams } from "../streams.ts";
import { forwardToOwner } from "./owner-client.ts";
import { openOwnerServer } from "./owner-server.ts";
import type { RunCommand } from "./owner-server.ts";
import type { Invocation } from "../invocation.ts";

export interface OwnOrAskOptions {
  /** Rejects with VAULT_BUSY while another process owns the vault. */
  openVault(): Promise<Vault>;
  /** Addresses of the owner's socket; asked for anew on every try, because the vault may only just come into being. */
  addresses(): Promise<string[]>;
  environment: string;
  asking: Asking;
  terminal: Streams["terminal"];
  signal: AbortSignal;
  run(vault: Vault, invocation: Invocation, streams: Streams, signal: AbortSignal): Promise<ExitCode>;
  processId: number;
  /** How long to look for an owner that neither answers nor lets go. */
  patienceMs: number;
  /** Told when our own command is done and others still are at work. */
  onDraining?(running: number): void;
  /** Told when the vault could not be closed cleanly after the command was done. */
  onCloseFailure?(error: unknown): void;
}

const firstPauseMs = 20;
const longestPauseMs = 500;

/**
 * Runs a command against the vault, whoever owns it: becomes the owner, or asks the one there is, until one of both works out.
 * @throws {ChattyError} VAULT_BUSY, OWNER_LOST, and whatever the command throws
 */
export async function ownOrAsk(options: OwnOrAskOptions): Promise<number> {
  const { asking, signal } = options;
  let deadlineMs = performance.now() + options.patienceMs;
  let pauseMs = firstPauseMs;
  for (;;) {
    signal.throwIfAborted();
    const vault = await openUnlessBusy(options);
    if (vault !== undefined) return await runAsOwner(vault, options);
    const outcome = await forwardToOwner({
      addresses: await options.addresses(),
      environment: options.environment,
      invocation: asking.invocation,
      streams: () => asking.attempt(true),
      terminal: options.terminal,
      signal,
      greetingMs: options.patienceMs,
    });
    if (outcome.kind === "ended") return outcome.code;
    if (outcome.kind === "lost") {
      signal.throwIfAborted();
      if (!asking.canRepeat) throw ownerLost(asking.invocation.command);
      deadlineMs = performance.now() + options.patienceMs;
      pauseMs = firstPauseMs;
    }
    if (performance.now() >= deadlineMs) throw stillBusy();
    await pause(pauseMs * (0.75 + Math.random() / 2), signal);
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.5);
  }
}

async function openUnlessBusy(options: OwnOrAskOptions): Promise<Vault | undefined> {
  try {
    return await options.openVault();
  } catch (error) {
    if (isChattyError(error, "VAULT_BUSY")) return undefined;
    throw error;
  }
}

async function runAsOwner(vault: Vault, options: OwnOrAskOptions): Promise<number> {
  let isDone = false;
  try {
    const run: RunCommand = (invocation, streams, signal) => options.run(vault, invocation, streams, signal);
    const server = await openOwnerServer({
      vault,
      addresses: await options.addresses(),
      run,
      processId: options.processId,
    });
    try {
      const streams = await options.asking.attempt(false);
      const code = await run(options.asking.invocation, streams, options.signal);
      isDone = true;
      return code;
    } finally {
      if (server.running > 0) options.onDraining?.(server.running);
      await server.drain();
    }
  } finally {
    await closeVault(vault, isDone, options);
  }
}

/** What was answered is durable already, so a failing close must not turn the answer into a failure. */
async function closeVault(vault: Vault, isDone: boolean, options: OwnOrAskOptions): Promise<void> {
  try {
    await vault.close();
  } catch (error) {
    if (!isDone) throw error;
    options.onCloseFailure?.(error);
  }
}

function ownerLost(command: string): ChattyError {
  return new ChattyError(
    "OWNER_LOST",
    `The process that owned the vault ended before it answered, so it is not known whether \`${command}\` was done.`,
    {
      hint: "The vault is safe. Look with `chatty sessions` or `chatty runtimes`, and ask again if it was not done.",
    },
  );
}

function stillBusy(): ChattyError {
  return new ChattyError("VAULT_BUSY", "Another process owns the vault and does not answer.", {
    hint: "End the other chatty (it may be stopped or hanging) and try again. Killing it loses nothing.",
  });
}

/** Rejects as soon as the asker stops it. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stopped);
      resolve();
    }, ms);
    signal.addEventListener("abort", stopped, { once: true });
  });
}
