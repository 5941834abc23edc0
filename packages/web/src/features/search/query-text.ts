import { formatCondition, parseSearchQuery } from "@chatty/model";
import type { ConditionKey, ParsedQuery, PlacedCondition } from "@chatty/model";
import { formatDate } from "../../ui/format.ts";
import { featureNames, fieldNames, markNames, named, roleNames, type FacetKind } from "./search-words.ts";

/** A condition of the question, and the question without it. */
export interface Chip {
  key: string;
  label: string;
  without: string;
}

/** How each counted condition is written. */
const keys: Record<FacetKind, ConditionKey> = {
  runtime: "runtime",
  role: "from",
  model: "model",
  has: "has",
  in: "in",
};
const timeKeys: readonly ConditionKey[] = ["after", "before", "on"];

/** As the server reads it: days are those of UTC. */
export function readQuestion(q: string): ParsedQuery {
  return parseSearchQuery(q, { now: Date.now() });
}

/** The conditions of a question, for people. */
export function chipsOf(q: string, runtimeName: (runtimeId: string) => string): Chip[] {
  return readQuestion(q).conditions.map((condition) => ({
    key: `${condition.from} ${condition.key} ${condition.value}`,
    label: chipLabel(condition, runtimeName),
    without: withoutStretches(q, [condition]),
  }));
}

function chipLabel(condition: PlacedCondition, runtimeName: (runtimeId: string) => string): string {
  const { key, value, excluded } = condition;
  const name = conditionName(key, value, runtimeName);
  return excluded ? `not ${lowerFirst(name)}` : name;
}

function conditionName(key: ConditionKey, value: string, runtimeName: (runtimeId: string) => string): string {
  switch (key) {
    case "from":
      return `From ${value === "me" || value === "user" ? "you" : named(roleNames, value).toLowerCase()}`;
    case "runtime":
      return runtimeName(value);
    case "construct":
      return `With ${value}`;
    case "model":
      return value;
    case "has":
      return `With ${named(featureNames, value).toLowerCase()}`;
    case "in":
      return `In ${named(fieldNames, value).toLowerCase()}`;
    case "is":
      return named(markNames, value);
    case "session":
      return "In one conversation";
    case "before":
      return `Before ${timeName(value)}`;
    case "after":
      return `From ${timeName(value)} on`;
    case "on":
      return timeName(value);
  }
}

const monthNames = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });

function timeName(value: string): string {
  if (/^\d{4}-\d{2}$/.test(value)) return monthNames.format(Date.parse(`${value}-01`));
  const time = /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? value : formatDate(time);
}

function lowerFirst(text: string): string {
  return /^\p{Lu}\p{Ll}/u.test(text) ? text.slice(0, 1).toLowerCase() + text.slice(1) : text;
}

/** Values that a question is narrowed to already. */
export function chosenValues(parsed: ParsedQuery, kind: FacetKind): readonly string[] {
  const { filters } = parsed;
  switch (kind) {
    case "runtime":
      return filters.runtimes ?? [];
    case "role":
      return filters.roles ?? [];
    case "model":
      return filters.models ?? [];
    case "has":
      return filters.has ?? [];
    case "in":
      return parsed.conditions.some(({ key, excluded }) => key === "in" && !excluded)
        ? (filters.in ?? [])
        : [];
  }
}

/** The question narrowed to a value, or no longer. What was typed otherwise stays as it was typed. */
export function toggled(q: string, kind: FacetKind, value: string): string {
  const { conditions } = readQuestion(q);
  const there = conditions.filter(
    (condition) =>
      condition.key === keys[kind] && !condition.excluded && isSameValue(kind, condition.value, value),
  );
  if (there.length > 0) return withoutStretches(q, there);
  return joined(q, formatCondition(keys[kind], value, false));
}

/** True when both name the same: `from:me` is the role `user`. */
export function isSameValue(kind: FacetKind, written: string, value: string): boolean {
  const small = value.toLowerCase();
  return written === small || (kind === "role" && written === "me" && small === "user");
}

/** The bounds in time of a question, milliseconds UTC, `to` exclusive. */
export function rangeOf(q: string): { from: number | undefined; to: number | undefined } {
  const { from, to } = readQuestion(q).filters;
  return { from, to };
}

/** The question within other bounds in time, which begin and end with a month; without any when none are given. */
export function withRange(q: string, range: { from: number; to: number } | undefined): string {
  const free = withoutStretches(
    q,
    readQuestion(q).conditions.filter(({ key }) => timeKeys.includes(key)),
  );
  if (range === undefined) return free;
  const from = monthOf(range.from);
  const last = monthOf(range.to - 1);
  if (from === last) return joined(free, `on:${from}`);
  if (from.slice(0, 4) === last.slice(0, 4) && from.endsWith("-01") && last.endsWith("-12"))
    return joined(free, `on:${from.slice(0, 4)}`);
  return joined(free, `after:${from} before:${monthOf(range.to)}`);
}

function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7);
}

function joined(q: string, condition: string): string {
  const text = q.trimEnd();
  return text === "" ? condition : `${text} ${condition}`;
}

/** A question without some of its stretches and the spaces that they leave. */
function withoutStretches(q: string, stretches: readonly { from: number; to: number }[]): string {
  let text = q;
  for (const { from, to } of stretches.toSorted((a, b) => b.from - a.from)) {
    text = [text.slice(0, from).trimEnd(), text.slice(to).trimStart()].filter(Boolean).join(" ");
  }
  return text;
}
