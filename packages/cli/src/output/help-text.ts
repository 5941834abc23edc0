import type { CommandDescription, OptionDescription } from "../command-description.ts";
import { globalOptions } from "../global-options.ts";
import { usageLine } from "../parse-words.ts";
import { displayWidth } from "./plain-text.ts";
import type { Style } from "./style.ts";

/** Help on everything: what there is, and what to type first. */
export function programHelp(commands: readonly CommandDescription[], style: Style): string {
  const rows = commands.map((command): [string, string] => [shortUsage(command), command.summary]);
  return [
    "Chatty: a home for all your AI conversations, on your own machine.",
    "",
    `${style.strong("Usage")}: chatty COMMAND [ARGUMENTS] [OPTIONS]`,
    "",
    style.strong("Commands"),
    ...aligned(rows, style),
    "",
    style.strong("Options of every command"),
    ...aligned(globalOptions.map(optionRow), style),
    "",
    style.strong("Examples"),
    `  ${style.program} demo                     a vault full of made-up conversations, to look around`,
    `  ${style.program} import export.zip        your own export, exactly as the vendor sent it`,
    `  ${style.program} sessions --limit 20      the latest conversations`,
    "",
    style.hint("`chatty COMMAND --help` explains one command with examples."),
    "Exit codes: 0 done, 1 failed (nothing half-done left behind), 2 wrong usage, 3 done with problems listed, 130 stopped by Ctrl-C.",
    "",
  ].join("\n");
}

/** Help on one command. */
export function commandHelp(
  command: CommandDescription,
  commands: readonly CommandDescription[],
  style: Style,
): string {
  const lines = [command.summary, "", `${style.strong("Usage")}: ${usageLine(command)}`, ""];
  if (command.details !== undefined) lines.push(...command.details, "");
  if (command.arguments.length > 0) {
    const rows = command.arguments.map((argument): [string, string] => [argument.name, argument.summary]);
    lines.push(style.strong("Arguments"), ...aligned(rows, style), "");
  }
  const options = [...command.options, ...globalOptions];
  lines.push(style.strong("Options"), ...aligned(options.map(optionRow), style), "");
  const others = commands.filter(
    (other) => command.words.length === 1 && other.words.length > 1 && other.words[0] === command.words[0],
  );
  if (others.length > 0) {
    const rows = others.map((other): [string, string] => [shortUsage(other), other.summary]);
    lines.push(style.strong("More"), ...aligned(rows, style), "");
  }
  lines.push(style.strong("Examples"));
  for (const example of command.examples) {
    lines.push(`  ${style.faint(`# ${example.says}`)}`, `  ${style.program} ${example.line}`);
  }
  lines.push("", `${style.strong("With --json")}: ${command.json}`, "");
  return lines.join("\n");
}

export function shortUsage(command: CommandDescription): string {
  const names = command.arguments.map((argument) => {
    const name = argument.variadic === true ? `${argument.name}…` : argument.name;
    return argument.optional === true ? `[${name}]` : name;
  });
  return [...command.words, ...names].join(" ");
}

export function optionRow(option: OptionDescription & { short?: string }): [string, string] {
  const short = option.short === undefined ? "" : `-${option.short}, `;
  const value = option.value === undefined ? "" : ` ${option.value}`;
  const choices = option.choices === undefined ? "" : ` One of: ${option.choices.join(", ")}.`;
  return [`${short}--${option.name}${value}`, `${option.summary}${choices}`];
}

function aligned(rows: readonly [string, string][], style: Style): string[] {
  const width = Math.max(...rows.map(([left]) => displayWidth(left)));
  return rows.map(
    ([left, right]) => `  ${style.accent(left)}${" ".repeat(width - displayWidth(left))}  ${right}`,
  );
}
