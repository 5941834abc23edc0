import { ChattyError } from "@chatty/model";

export type OptionValue = string | number | boolean | string[];

/** A command as it was asked for: parsed, checked, with absolute paths; plain JSON, so that it can be sent to the owner. */
export interface Invocation {
  /** Words of the command joined with a space, as in `sessions new`. */
  command: string;
  arguments: string[];
  options: Record<string, OptionValue>;
  json: boolean;
  /** The user that was named. */
  user?: string;
}

export function requireArgument(invocation: Invocation, index: number): string {
  const value = invocation.arguments[index];
  if (value === undefined) throw new TypeError(`${invocation.command} has no argument ${index}.`);
  return value;
}

export function textOption(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options[name];
  return typeof value === "string" ? value : undefined;
}

export function numberOption(invocation: Invocation, name: string): number | undefined {
  const value = invocation.options[name];
  return typeof value === "number" ? value : undefined;
}

export function hasFlag(invocation: Invocation, name: string): boolean {
  return invocation.options[name] === true;
}

export function listOption(invocation: Invocation, name: string): string[] {
  const value = invocation.options[name];
  return Array.isArray(value) ? value : [];
}

/** Wrong usage: exit code 2. */
export function usageError(message: string, hint: string): ChattyError {
  return new ChattyError("USAGE", message, { hint });
}
