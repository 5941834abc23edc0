import type { SearchConditions, SearchFilters, SearchMark } from "@chatty/model";
import type { AttributeTable, SessionAttributes } from "./attribute-table.ts";
import { activeBit, featureBit, hiddenBit, markBits, roleBit } from "./document.ts";

/** What only the owner of the lists knows at the moment of a question. */
export interface Visibility {
  /** Runtimes whose conversations are not shown. */
  hiddenRuntimes: readonly string[];
  /** A runtime that was joined into another one shows as that one. */
  joined: Readonly<Record<string, string>>;
  /** Names that runtimes and constructs have beside their ids, as slugs, by id. */
  names: Readonly<Record<string, string>>;
  /** Conversations of which the index is known to say too much. */
  hiddenSessions: readonly string[];
}

/** Tells which documents may be found. */
export interface DocumentFilter {
  allows(position: number): boolean;
}

/**
 * The documents that filters leave. Made for one question: it follows the table as it is now.
 * @param asksForHidden true where another filter of the same question asks for hidden messages
 */
export function documentFilter(
  table: AttributeTable,
  filters: SearchFilters,
  visibility: Visibility,
  asksForHidden: boolean = filters.is?.includes("hidden") === true,
): DocumentFilter {
  const { not = {}, from = -Infinity, to = Infinity } = filters;
  const isBounded = filters.from !== undefined || filters.to !== undefined;
  const allowed = allowedSessions(table, filters, not, visibility);
  const wants = conditionTest(table, filters);
  const refuses = isEmpty(not) ? undefined : conditionTest(table, not, true);
  return {
    allows(position) {
      const bits = table.bitsAt(position);
      if (bits < 0 || allowed[table.sessionNumberAt(position)] !== 1) return false;
      if ((bits & hiddenBit) !== 0 && !asksForHidden) return false;
      if (isBounded) {
        const time = table.timeAt(position);
        if (!(time >= from && time < to) || time === -Infinity) return false;
      }
      return wants(position, bits) && refuses?.(position, bits) !== true;
    },
  };
}

/** The documents that all of some filters leave. */
export function documentFilters(
  table: AttributeTable,
  filters: readonly SearchFilters[],
  visibility: Visibility,
): DocumentFilter {
  const asked = filters.filter((each, index) => index === 0 || Object.keys(each).length > 0);
  const asksForHidden = asked.some(({ is }) => is?.includes("hidden") === true);
  const each = asked.map((one) => documentFilter(table, one, visibility, asksForHidden));
  const [only, ...others] = each;
  if (only !== undefined && others.length === 0) return only;
  return { allows: (position) => each.every((filter) => filter.allows(position)) };
}

/** The runtime that a conversation is shown under. */
export function shownRuntime({ runtimeId }: SessionAttributes, { joined }: Visibility): string {
  return joined[runtimeId] ?? runtimeId;
}

/** 1 for each session that fulfils what is asked of conversations. The same is asked again and again: the last answers are kept. */
function allowedSessions(
  table: AttributeTable,
  conditions: SearchConditions,
  not: SearchConditions,
  visibility: Visibility,
): Uint8Array {
  const asked = [conditions, not].map(({ runtimes, constructs, sessions, is }) => [
    runtimes,
    constructs,
    sessions,
    is?.filter(isSessionMark),
  ]);
  return table.kept(JSON.stringify([asked, visibility]), () =>
    findAllowedSessions(table, conditions, not, visibility),
  );
}

function findAllowedSessions(
  table: AttributeTable,
  conditions: SearchConditions,
  not: SearchConditions,
  visibility: Visibility,
): Uint8Array {
  const allowed = new Uint8Array(table.sessionCount);
  const hiddenRuntimes = new Set(visibility.hiddenRuntimes);
  const hiddenSessions = new Set(visibility.hiddenSessions);
  const wants = sessionTest(conditions, visibility);
  const refuses = refusalTest(not, visibility);
  for (let number = 0; number < allowed.length; number += 1) {
    const session = table.session(number);
    if (session === undefined || (session.marks & markBits.deleted) !== 0) continue;
    if (hiddenRuntimes.has(session.runtimeId) || hiddenSessions.has(session.sessionId)) continue;
    if (wants(session) && !refuses(session)) allowed[number] = 1;
  }
  return allowed;
}

function sessionTest(
  conditions: SearchConditions,
  visibility: Visibility,
): (session: SessionAttributes) => boolean {
  const isRuntime = nameTest(conditions.runtimes, visibility);
  const isConstruct = nameTest(conditions.constructs, visibility);
  const sessions = conditions.sessions === undefined ? undefined : new Set<string>(conditions.sessions);
  // Values of one condition are alternatives, but marks are each asked for: a conversation that is starred and archived.
  const marks = (conditions.is ?? []).filter(isSessionMark);
  return (session) =>
    (isRuntime === undefined ||
      isRuntime(session.runtimeId) ||
      isRuntime(shownRuntime(session, visibility))) &&
    (isConstruct === undefined || isConstruct(session.constructId)) &&
    (sessions === undefined || sessions.has(session.sessionId)) &&
    marks.every((mark) => hasMark(session, mark));
}

function refusalTest(not: SearchConditions, visibility: Visibility): (session: SessionAttributes) => boolean {
  const isRuntime = nameTest(not.runtimes, visibility);
  const isConstruct = nameTest(not.constructs, visibility);
  const sessions = new Set<string>(not.sessions);
  const marks = (not.is ?? []).filter(isSessionMark);
  return (session) =>
    isRuntime?.(session.runtimeId) === true ||
    isRuntime?.(shownRuntime(session, visibility)) === true ||
    isConstruct?.(session.constructId) === true ||
    sessions.has(session.sessionId) ||
    marks.some((mark) => hasMark(session, mark));
}

/** An id is meant by itself; a text that is no id means what begins with it and a hyphen, or has it for a name. */
function nameTest(
  wanted: readonly string[] | undefined,
  { names }: Visibility,
): ((id: string) => boolean) | undefined {
  if (wanted === undefined) return undefined;
  const known = new Map<string, boolean>();
  return (id) => {
    let isMeant = known.get(id);
    if (isMeant === undefined) {
      isMeant = wanted.some(
        (name) => id === name || (!(name in names) && (id.startsWith(`${name}-`) || names[id] === name)),
      );
      known.set(id, isMeant);
    }
    return isMeant;
  };
}

/** What is asked of single messages; `any` of them is enough to be refused. */
function conditionTest(
  table: AttributeTable,
  { roles, has, models, is }: SearchConditions,
  any = false,
): (position: number, bits: number) => boolean {
  const roleMask = roles === undefined ? 0 : roles.reduce((mask, role) => mask | roleBit(role), 0);
  const featureMask = has === undefined ? 0 : has.reduce((mask, feature) => mask | featureBit(feature), 0);
  const modelNumbers = models === undefined ? undefined : modelsNamed(table.modelNames, models);
  const asksActive = is?.includes("active") === true;
  const asksHidden = is?.includes("hidden") === true;
  const tests: ((position: number, bits: number) => boolean)[] = [];
  if (roles !== undefined) tests.push((_, bits) => (bits & roleMask) !== 0);
  if (has !== undefined) tests.push((_, bits) => (bits & featureMask) !== 0);
  if (modelNumbers !== undefined) tests.push((position) => modelNumbers.has(table.modelAt(position)));
  if (asksActive) tests.push((_, bits) => (bits & activeBit) !== 0);
  if (asksHidden) tests.push((_, bits) => (bits & hiddenBit) !== 0);
  if (any) return (position, bits) => tests.some((test) => test(position, bits));
  return (position, bits) => tests.every((test) => test(position, bits));
}

function modelsNamed(names: readonly string[], wanted: readonly string[]): Set<number> {
  const found = new Set<number>();
  const patterns = wanted.map((name) => name.toLowerCase());
  names.forEach((name, number) => {
    const lower = name.toLowerCase();
    const isNamed = patterns.some((pattern) =>
      pattern.endsWith("*") ? lower.startsWith(pattern.slice(0, -1)) : lower === pattern,
    );
    if (isNamed && name !== "") found.add(number);
  });
  return found;
}

function isSessionMark(mark: SearchMark): boolean {
  return mark !== "active" && mark !== "hidden";
}

function hasMark({ marks }: SessionAttributes, mark: SearchMark): boolean {
  switch (mark) {
    case "starred":
    case "archived":
    case "home":
    case "imported":
      return (marks & markBits[mark]) !== 0;
    case "native":
      return (marks & markBits.imported) === 0;
    case "active":
    case "hidden":
      return true;
  }
}

function isEmpty(conditions: SearchConditions): boolean {
  return Object.values(conditions).every((values) => values === undefined);
}
