import type { SeededRandom } from "./seeded-random.ts";

/** JSON text that is written as it stands: a float with a useless zero, an integer beyond 2^53, a broken token. */
export class Verbatim {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object with exactly these keys in this order; repeated keys and `__proto__` included. */
export class Entries {
  readonly list: readonly (readonly [string, Writable])[];

  constructor(list: readonly (readonly [string, Writable])[]) {
    this.list = list;
  }
}

export type Writable =
  | string
  | number
  | boolean
  | null
  | undefined
  | Verbatim
  | Entries
  | readonly Writable[]
  | { [key: string]: Writable };

/** How a value is written; the value it stands for is the same in every style. */
export interface JsonStyle {
  /** White space between tokens, one of which is taken each time. */
  gaps: readonly string[];
  escapes: "none" | "ascii" | "solidus";
  /** Writes the keys of plain objects in another order. */
  isShuffled: boolean;
}

export const plainStyle: JsonStyle = { gaps: [""], escapes: "none", isShuffled: false };

export const jsonStyles: readonly JsonStyle[] = [
  plainStyle,
  { gaps: ["", " "], escapes: "ascii", isShuffled: false },
  { gaps: ["\r\n  ", "\t", ""], escapes: "solidus", isShuffled: true },
  { gaps: ["\n    "], escapes: "none", isShuffled: true },
];

/** Writes JSON in a style that no serialiser would choose. Lone surrogates always become escapes. */
export function writeJson(value: Writable, style: JsonStyle, random: SeededRandom): string {
  const gap = (): string => random.pick(style.gaps);
  const string = (text: string): string => {
    const quoted = JSON.stringify(text);
    if (style.escapes === "solidus") return quoted.replaceAll("/", "\\/");
    if (style.escapes === "none") return quoted;
    return quoted.replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  };
  const object = (entries: readonly (readonly [string, Writable])[]): string => {
    const written = entries.map(
      ([key, inner]) => `${gap()}${string(key)}${gap()}:${gap()}${write(inner)}${gap()}`,
    );
    return `{${written.join(",")}}`;
  };
  const write = (inner: Writable): string => {
    if (inner instanceof Verbatim) return inner.text;
    if (inner instanceof Entries) return object(inner.list);
    if (typeof inner === "string") return string(inner);
    if (typeof inner !== "object" || inner === null) return JSON.stringify(inner ?? null);
    if (isList(inner)) return `[${inner.map((item) => `${gap()}${write(item)}${gap()}`).join(",")}]`;
    const entries = Object.entries(inner).filter(([, field]) => field !== undefined);
    return object(style.isShuffled ? shuffled(entries, random) : entries);
  };
  return write(value);
}

function isList(value: object): value is readonly Writable[] {
  return Array.isArray(value);
}

function shuffled<Item>(items: readonly Item[], random: SeededRandom): Item[] {
  return items
    .map((item) => ({ item, place: random.next() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}
