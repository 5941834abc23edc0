// Parsing with `parseArgs` of Node instead of a framework: the commands are data (they are printed as help, generated into
// the guide and sent to the owner), an option is known before or after its command, and one that belongs to another command is refused.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";
import type { CommandDescription, OptionDescription } from "./command-description.ts";
import { globalOptions } from "./global-options.ts";
import type { Invocation, OptionValue } from "./invocation.ts";
import { usageError } from "./invocation.ts";
import { checkEnvironment, checkUser, readValue } from "./read-value.ts";
import { nearestWord } from "./suggestion.ts";

/** What the words after `chatty` ask for. */
export type Request =
  | { kind: "help"; topic: readonly string[]; json: boolean }
  | { kind: "version"; json: boolean }
  | {
      kind: "command";
      command: CommandDescription;
      invocation: Invocation;
      home: string;
      environment: string;
      /** The options that named the vault, with a space before them, as they have to be typed again; else empty. */
      vaultWords: string;
    };

export interface ParseDefaults {
  workingFolder: string;
  home: string;
  environment: string;
}

interface GivenOption {
  name: string;
  rawName: string;
  value: string | undefined;
  inline: boolean;
}

/** @throws {ChattyError} USAGE */
export function parseWords(
  words: readonly string[],
  commands: readonly CommandDescription[],
  defaults: ParseDefaults,
): Request {
  const { given, positionals } = splitWords(words, commands);
  const json = given.some((option) => option.name === "json");
  if (given.some((option) => option.name === "help")) return { kind: "help", topic: positionals, json };
  if (positionals[0] === "help") return { kind: "help", topic: positionals.slice(1), json };
  if (given.some((option) => option.name === "version")) return { kind: "version", json };
  if (positionals.length === 0) {
    const unknown = given.find((option) => findOption(option.name, globalOptions) === undefined);
    if (unknown !== undefined && !isKnownAnywhere(unknown.name, commands))
      refuseOption(unknown, undefined, commands);
    if (words.length > 0) throw usageError("No command was given.", "`chatty --help` lists them.");
    return { kind: "help", topic: [], json };
  }
  const command = findCommand(positionals, commands);
  const values = readOptions(command, given, commands, defaults);
  const invocation: Invocation = {
    command: command.words.join(" "),
    arguments: readArguments(command, positionals.slice(command.words.length), commands, defaults),
    options: values.own,
    json,
    ...(typeof values.global["user"] === "string" ? { user: checkUser(values.global["user"]) } : {}),
  };
  command.check?.(invocation);
  const home = values.global["home"];
  const environment = values.global["env"];
  return {
    kind: "command",
    command,
    invocation,
    home: typeof home === "string" ? home : resolve(defaults.workingFolder, defaults.home),
    environment: checkEnvironment(typeof environment === "string" ? environment : defaults.environment),
    vaultWords: vaultWords(values.global),
  };
}

function vaultWords(options: Readonly<Record<string, OptionValue>>): string {
  return ["home", "env", "user"]
    .map((name) => ({ name, value: options[name] }))
    .map(({ name, value }) => (typeof value === "string" ? ` --${name} ${quoted(value)}` : ""))
    .join("");
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : JSON.stringify(word);
}

/** True when the words ask for JSON, however wrong the rest of them is. */
export function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return (end === -1 ? words : words.slice(0, end)).includes("--json");
}

function splitWords(
  words: readonly string[],
  commands: readonly CommandDescription[],
): { given: GivenOption[]; positionals: string[] } {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  const shorts = new Map(globalOptions.map(({ name, short }) => [name, short]));
  for (const option of [...globalOptions, ...commands.flatMap((command) => command.options)]) {
    const short = shorts.get(option.name);
    options[option.name] = {
      type: option.value === undefined ? "boolean" : "string",
      multiple: true,
      ...(short === undefined ? {} : { short }),
    };
  }
  const { tokens } = parseArgs({
    args: [...words],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given: GivenOption[] = [];
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind === "option") {
      const { name, rawName, value } = token;
      given.push({ name, rawName, value, inline: token.inlineValue ?? false });
    }
  }
  return { given, positionals };
}

function findCommand(
  positionals: readonly string[],
  commands: readonly CommandDescription[],
): CommandDescription {
  const [first = "", second = ""] = positionals;
  const two = commands.find((command) => command.words.join(" ") === `${first} ${second}`);
  const one = commands.find((command) => command.words.length === 1 && command.words[0] === first);
  const found = two ?? one;
  if (found !== undefined) return found;
  const names = [...new Set(commands.map((command) => command.words[0] ?? ""))];
  const near = nearestWord(first, names);
  throw usageError(
    `There is no command ${JSON.stringify(first)}.`,
    near === undefined ? "`chatty --help` lists the commands." : `Did you mean \`chatty ${near}\`?`,
  );
}

function readOptions(
  command: CommandDescription,
  given: readonly GivenOption[],
  commands: readonly CommandDescription[],
  defaults: ParseDefaults,
): { own: Record<string, OptionValue>; global: Record<string, OptionValue> } {
  const own: Record<string, OptionValue> = {};
  const global: Record<string, OptionValue> = {};
  for (const option of given) {
    const general = findOption(option.name, globalOptions);
    const description = general ?? findOption(option.name, command.options);
    if (description === undefined) refuseOption(option, command, commands);
    const target = general === undefined ? own : global;
    const value = readOption(description, option, defaults);
    const before = target[option.name];
    if (description.repeatable === true) {
      target[option.name] = [...(Array.isArray(before) ? before : []), String(value)];
    } else {
      target[option.name] = value;
    }
  }
  return { own, global };
}

function readOption(
  description: OptionDescription,
  option: GivenOption,
  defaults: ParseDefaults,
): string | number | boolean {
  if (description.value === undefined) {
    if (option.value === undefined) return true;
    throw usageError(`${option.rawName} takes no value.`, `Write ${option.rawName} alone.`);
  }
  const { value } = option;
  if (value === undefined) {
    throw usageError(
      `${option.rawName} needs a value.`,
      `Write ${option.rawName} ${description.value}: ${description.summary}`,
    );
  }
  if (!option.inline && value.length > 1 && value.startsWith("-")) {
    throw usageError(
      `${option.rawName} needs a value, and ${JSON.stringify(value)} looks like an option.`,
      `If it is the value, write ${option.rawName}=${value}.`,
    );
  }
  return readValue(description, value, option.rawName, defaults.workingFolder);
}

function readArguments(
  command: CommandDescription,
  given: readonly string[],
  commands: readonly CommandDescription[],
  defaults: ParseDefaults,
): string[] {
  const usage = `Usage: ${usageLine(command)}`;
  const last = command.arguments.at(-1);
  if (given.length > command.arguments.length && last?.variadic !== true) {
    const subcommands = commands.filter(
      (other) => other.words.length > 1 && other.words[0] === command.words[0],
    );
    if (subcommands.length > 0 && command.words.length === 1) {
      const names = subcommands.map((other) => other.words[1] ?? "");
      throw usageError(
        `There is no command "${command.words.join(" ")} ${given[0] ?? ""}".`,
        `Known after ${command.words.join(" ")}: ${names.join(", ")}.`,
      );
    }
    throw usageError(`${JSON.stringify(given[command.arguments.length])} is one argument too many.`, usage);
  }
  const missing = command.arguments[given.length];
  if (missing !== undefined && missing.optional !== true) {
    throw usageError(`${missing.name} is missing: ${missing.summary}`, usage);
  }
  return given.map((text, index) => {
    const description = command.arguments[index] ?? last;
    if (description === undefined) throw new TypeError("An argument without a description.");
    return String(readValue(description, text, description.name, defaults.workingFolder));
  });
}

/** `chatty sessions fork ID [--at MESSAGE]`, as help and messages show it. */
export function usageLine(command: CommandDescription): string {
  const shownArguments = command.arguments.map((argument) => {
    const name = argument.variadic === true ? `${argument.name}…` : argument.name;
    return argument.optional === true ? `[${name}]` : name;
  });
  const shownOptions = command.options.map((option) => {
    const value = option.value === undefined ? "" : ` ${option.value}`;
    return `[--${option.name}${value}]${option.repeatable === true ? "…" : ""}`;
  });
  return ["chatty", ...command.words, ...shownArguments, ...shownOptions].join(" ");
}

function findOption<Option extends { name: string }>(
  name: string,
  options: readonly Option[],
): Option | undefined {
  return options.find((option) => option.name === name);
}

function isKnownAnywhere(name: string, commands: readonly CommandDescription[]): boolean {
  return commands.some((command) => findOption(name, command.options) !== undefined);
}

function refuseOption(
  option: GivenOption,
  command: CommandDescription | undefined,
  commands: readonly CommandDescription[],
): never {
  const known = [...globalOptions, ...(command?.options ?? [])].map(({ name }) => name);
  const near = nearestWord(option.name, known);
  const name = command?.words.join(" ");
  const help = name === undefined ? "`chatty --help`" : `\`chatty ${name} --help\``;
  const owner = commands.find((other) => findOption(option.name, other.options) !== undefined);
  const message =
    owner === undefined || name === undefined
      ? `There is no option ${option.rawName}.`
      : `\`chatty ${name}\` has no option ${option.rawName}.`;
  throw usageError(
    message,
    near === undefined
      ? `${help} lists the options. What begins with a hyphen and is none goes after \`--\`.`
      : `Did you mean --${near}?`,
  );
}
