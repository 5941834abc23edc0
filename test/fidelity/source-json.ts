/** JSON as the checker sees it; its own types, so that nothing of the product is trusted. */
export type Json = string | number | boolean | null | Json[] | JsonFields;

export interface JsonFields {
  [key: string]: Json;
}

export function parseJson(text: string): Json {
  return JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text) as Json;
}

export function isFields(value: unknown): value is JsonFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The own field `key`; never one inherited through a prototype. */
export function field(value: unknown, key: string): Json | undefined {
  return isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function textField(value: unknown, key: string): string | undefined {
  const found = field(value, key);
  return typeof found === "string" ? found : undefined;
}

export function listField(value: unknown, key: string): Json[] {
  const found = field(value, key);
  return Array.isArray(found) ? found : [];
}

/**
 * Equal values give equal text, whatever the order of their keys. An integer that no JavaScript number can hold may
 * just as well be given as the text of its digits.
 */
export function comparable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(comparable).join(",")}]`;
  if (isFields(value)) {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${comparable(field(value, key))}`).join(",")}}`;
  }
  const isLongInteger = typeof value === "string" && /^-?\d{16,}$/.test(value);
  return JSON.stringify(isLongInteger ? Number(value) : value) ?? "undefined";
}

/**
 * The keys of the object at `name` of the outermost object, in the order of the bytes. `JSON.parse` moves
 * integer-like keys to the front, and the order of siblings without a `children` list is the order of the source.
 * A repeated key keeps its first place.
 */
export function keysInSourceOrder(text: string, name: string): string[] {
  const scanner = new Scanner(text);
  let keys: string[] = [];
  scanner.eachField((key) => {
    if (key !== name || !scanner.atObject()) return scanner.skipValue();
    const found = new Set<string>();
    scanner.eachField((inner) => {
      found.add(inner);
      scanner.skipValue();
    });
    keys = [...found];
  });
  return keys;
}

/** Walks JSON that `JSON.parse` has already accepted, so it checks nothing. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skipSpace();
  }

  atObject(): boolean {
    return this.#text[this.#at] === "{";
  }

  eachField(visit: (key: string) => void): void {
    if (!this.atObject()) return;
    this.#step();
    while (this.#text[this.#at] !== "}") {
      const key = this.#string();
      this.#skipSpace();
      this.#step();
      visit(key);
      this.#skipSpace();
      if (this.#text[this.#at] === ",") this.#step();
    }
    this.#step();
  }

  skipValue(): void {
    let depth = 0;
    do {
      const character = this.#text[this.#at];
      if (character === undefined) return;
      if (character === '"') this.#string();
      else {
        if (character === "{" || character === "[") depth += 1;
        if (character === "}" || character === "]") depth -= 1;
        this.#at += 1;
      }
      this.#skipSpace();
    } while (depth > 0 || !/[,}\]]/.test(this.#text[this.#at] ?? ","));
  }

  #step(): void {
    this.#at += 1;
    this.#skipSpace();
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    this.#at += 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #skipSpace(): void {
    while (/[\s\uFEFF]/.test(this.#text[this.#at] ?? "x")) this.#at += 1;
  }
}
