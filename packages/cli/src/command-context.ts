import type { UserVault, Vault } from "@chatty/store";
import type { Invocation } from "./invocation.ts";
import type { CommandOutput } from "./output/command-output.ts";
import type { ErrorReport } from "./output/error-report.ts";

/** 0 done, 1 failed and nothing half-done, 3 done with problems listed. Wrong usage (2) never gets to a command. */
export type ExitCode = 0 | 1 | 3;

/** What a command gets that needs no vault. */
export interface BareContext {
  invocation: Invocation;
  /** The asker's standard input; nothing is read from it until it is iterated. */
  stdin: AsyncIterable<Uint8Array>;
  stdinIsTerminal: boolean;
  output: CommandOutput;
  /** Aborted when the asker presses Ctrl-C or is gone. */
  signal: AbortSignal;
}

/** What a command gets that touches a data home without opening a vault. */
export interface HomeContext extends BareContext {
  /** Data home, absolute. */
  home: string;
}

/** What a command gets instead of a vault that could not be opened. */
export interface UnopenedContext extends HomeContext {
  environment: string;
  error: ErrorReport;
}

/** What a command gets: the same in the owner's own process and when it was forwarded. */
export interface CommandContext extends BareContext {
  vault: Vault;
  user: UserVault;
}
