import { isUuid } from "../ids.ts";
import type { ConstructId, RuntimeId, SessionId } from "../ids.ts";
import type { Role } from "../message.ts";
import type { ConditionKey, ParseSearchQueryOptions, QueryCondition } from "./parsed-query.ts";
import { parsePeriod } from "./query-dates.ts";
import type { SearchConditions, SearchFeature, SearchField, SearchFilters, SearchMark } from "./types.ts";

const roleOfValue: Readonly<Record<string, Role>> = {
  user: "user",
  me: "user",
  assistant: "assistant",
  tool: "tool",
  system: "system",
};
const features: readonly SearchFeature[] = [
  "image",
  "audio",
  "video",
  "file",
  "code",
  "link",
  "citation",
  "thinking",
  "tool",
];
const fields: readonly SearchField[] = ["text", "title", "thinking", "tool", "file"];
const marks: readonly SearchMark[] = [
  "starred",
  "archived",
  "home",
  "imported",
  "native",
  "active",
  "hidden",
];
const listedKinds: readonly ConditionKey[] = [
  "from",
  "runtime",
  "construct",
  "session",
  "model",
  "has",
  "is",
];
const slugPattern = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const modelPattern = /[\p{L}\p{N}]/u;

/** Values of the conditions that have a fixed list of them, for completion; in the order in which they are offered. */
export const conditionValues: Readonly<Partial<Record<ConditionKey, readonly string[]>>> = {
  from: Object.keys(roleOfValue),
  has: features,
  in: fields,
  is: marks,
};

/** What a condition's value looks like, for people. */
export function expectedValue(key: ConditionKey): string {
  const listed = conditionValues[key];
  if (listed !== undefined) return listed.join(", ");
  if (key === "before" || key === "after" || key === "on") {
    return "2024, 2024-05, 2024-05-17, today, yesterday, 7d, 2w, 3m or 1y";
  }
  if (key === "session") return "the id of a conversation";
  if (key === "model") return "a model's name, such as gpt-4o or gpt-4*";
  return "an id, or the name with hyphens for spaces";
}

/** A condition in the one form that is used for it, or undefined when the value means nothing. */
export function readCondition(
  key: ConditionKey,
  value: string,
  excluded: boolean,
  options: ParseSearchQueryOptions,
): QueryCondition | undefined {
  const small = value.trim().toLowerCase();
  return isValue(key, small, excluded, options) ? { key, value: small, excluded } : undefined;
}

function isValue(
  key: ConditionKey,
  value: string,
  excluded: boolean,
  options: ParseSearchQueryOptions,
): boolean {
  const listed = conditionValues[key];
  if (listed !== undefined) return listed.includes(value);
  if (key === "before" || key === "after") return parsePeriod(value, options) !== undefined;
  // What does not lie in a stretch of time would lie in one of two.
  if (key === "on") return !excluded && parsePeriod(value, options) !== undefined;
  if (key === "session") return isUuid(value);
  if (key === "model") return value.length <= 200 && modelPattern.test(value);
  return value.length <= 128 && slugPattern.test(value);
}

/** All conditions of a query as filters: several of a kind are alternatives, kinds must all be fulfilled. */
export function filtersFromConditions(
  conditions: readonly QueryCondition[],
  options: ParseSearchQueryOptions,
): SearchFilters {
  const filters = listedConditions(conditions.filter(({ excluded }) => !excluded));
  const not = listedConditions(conditions.filter(({ excluded }) => excluded));
  const looked = fieldsOf(conditions);
  return {
    ...filters,
    ...boundsOf(conditions, options),
    ...(looked === undefined ? {} : { in: looked }),
    ...(Object.keys(not).length === 0 ? {} : { not }),
  };
}

/** The kinds in one order, whatever the order in which they were written. */
function listedConditions(conditions: readonly QueryCondition[]): SearchConditions {
  const listed: SearchConditions = {};
  for (const kind of listedKinds) {
    for (const condition of conditions) if (condition.key === kind) addListed(listed, condition);
  }
  return listed;
}

function addListed(to: SearchConditions, { key, value }: QueryCondition): void {
  const role = roleOfValue[value];
  if (key === "from" && role !== undefined) to.roles = added(to.roles, role);
  else if (key === "runtime") to.runtimes = added(to.runtimes, value as RuntimeId);
  else if (key === "construct") to.constructs = added(to.constructs, value as ConstructId);
  else if (key === "session") to.sessions = added(to.sessions, value as SessionId);
  else if (key === "model") to.models = added(to.models, value);
  else if (key === "has") to.has = added(to.has, value as SearchFeature);
  else if (key === "is") to.is = added(to.is, value as SearchMark);
}

function added<Value>(list: Value[] | undefined, value: Value): Value[] {
  if (list === undefined) return [value];
  return list.includes(value) ? list : [...list, value];
}

function fieldsOf(conditions: readonly QueryCondition[]): SearchField[] | undefined {
  const named = conditions.filter(({ key }) => key === "in");
  const wanted = named.flatMap(({ value, excluded }) => (excluded ? [] : [value]));
  const left = fieldsLeft(conditions);
  if (named.length === 0 || (left.length === 0 && wanted.length === 0)) return undefined;
  return left.length > 0 ? left : fields.filter((field) => wanted.includes(field));
}

/** The fields that `in:` and `-in:` leave. Where that is none, `-in:` is left aside. */
export function fieldsLeft(conditions: readonly QueryCondition[]): SearchField[] {
  const named = conditions.filter(({ key }) => key === "in");
  const wanted = new Set(named.filter(({ excluded }) => !excluded).map(({ value }) => value));
  const unwanted = new Set(named.filter(({ excluded }) => excluded).map(({ value }) => value));
  return fields.filter((field) => (wanted.size === 0 || wanted.has(field)) && !unwanted.has(field));
}

/**
 * Several `before:` are alternatives, so the latest counts; likewise the earliest `after:`. Several `on:` reach from the first
 * to the last: one stretch of time is all that filters hold.
 */
function boundsOf(
  conditions: readonly QueryCondition[],
  options: ParseSearchQueryOptions,
): Pick<SearchFilters, "from" | "to"> {
  const starts: number[] = [];
  const ends: number[] = [];
  const days: { from: number; to: number }[] = [];
  for (const { key, value, excluded } of conditions) {
    const period =
      key === "before" || key === "after" || key === "on" ? parsePeriod(value, options) : undefined;
    if (period === undefined) continue;
    if (key === "on") days.push(period);
    // What is not before a day is from that day on.
    else if ((key === "after") !== excluded) starts.push(period.from);
    else ends.push(period.from);
  }
  const from = latest(smallest(starts), smallest(days.map((day) => day.from)));
  const to = earliest(largest(ends), largest(days.map((day) => day.to)));
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function smallest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.min(...times);
}

function largest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.max(...times);
}

function latest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}

function earliest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
