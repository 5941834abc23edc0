import type { CommandContext, ExitCode, HomeContext, UnopenedContext } from "./command-context.ts";
import type { Invocation } from "./invocation.ts";

/**
 * How the text of an option or argument is read and checked, before anything is opened. `time-until` gives milliseconds,
 * the last one of the day when only a date is given; `time-from` the first one, and `time-before` the first that is too late.
 * A path becomes absolute; `-` stays what it is.
 */
export type ValueKind = "text" | "path" | "count" | "time-until" | "time-from" | "time-before" | "message-id";

export interface ArgumentDescription {
  name: string;
  summary: string;
  /** True when absent: the argument must be given. */
  optional?: boolean;
  /** Takes all that follow; only for the last argument. */
  variadic?: boolean;
  kind?: ValueKind;
  choices?: readonly string[];
}

export interface OptionDescription {
  /** Without the dashes. */
  name: string;
  summary: string;
  /** Placeholder of the value; an option without one is a flag. */
  value?: string;
  repeatable?: boolean;
  kind?: ValueKind;
  choices?: readonly string[];
  /** Limits of a `count`. */
  min?: number;
  max?: number;
}

export interface Example {
  /** Without `chatty`. */
  line: string;
  says: string;
}

/**
 * What may be done when the process that owns the vault dies in the middle of a forwarded command.
 * `repeat`: ask the next owner again, because asking twice is harmless. `lines`: send again what was not acknowledged.
 * `report`: say what is known and let the person decide.
 */
export type OwnerLossPolicy = "repeat" | "lines" | "report";

/** One command as data: it is parsed by it, its help is printed from it, and the guide is generated from it. */
export interface CommandDescription {
  /** `["sessions", "new"]` */
  words: readonly string[];
  summary: string;
  details?: readonly string[];
  arguments: readonly ArgumentDescription[];
  options: readonly OptionDescription[];
  examples: readonly Example[];
  /** What stdout holds with `--json`, as in the contract. */
  json: string;
  onOwnerLoss: OwnerLossPolicy | ((invocation: Invocation) => OwnerLossPolicy);
  /** True when Ctrl-C may leave it in the middle, because it changes nothing that is not made again. */
  isLeftWhenStopped?: boolean;
  /** True when it needs no user, so that it also works while nobody said which of several is meant. */
  isAboutVault?: boolean;
  /** What the asker settles before anything is sent, such as ids that make a repeat harmless. */
  prepare?(invocation: Invocation): Invocation;
  /** Checks that go beyond one value. @throws {ChattyError} USAGE */
  check?(invocation: Invocation): void;
  /** Another home and environment than those of the global options, for a command that names its vault itself. */
  placeOf?(invocation: Invocation): { home: string; environment: string };
  /** The command without a vault, when what was asked needs none. */
  runAlone?(invocation: Invocation): ((context: HomeContext) => Promise<ExitCode>) | undefined;
  run(context: CommandContext): Promise<ExitCode>;
  /** What there is to say when the vault could not be opened; absent: the error itself. */
  runUnopened?(context: UnopenedContext): Promise<ExitCode>;
}
