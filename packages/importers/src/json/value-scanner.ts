/** What the next token of a JSON value may be. */
const expectValue = 0;
const expectValueOrClose = 1;
const expectKeyOrClose = 2;
const expectKey = 3;
const expectColon = 4;
const expectCommaOrClose = 5;
type Expectation = 0 | 1 | 2 | 3 | 4 | 5;

const inArray = 0;
const inObject = 1;
/** A stack that grows beyond this belongs to no value worth reading. */
const deepestTracked = 1 << 20;
/** Strings are mostly short; native search pays off after this many bytes. */
const shortString = 32;

export type ScanOutcome = "more" | "done" | "broken" | "entered";

/**
 * Walks over the bytes of one JSON value, in chunks of any size, and finds where it ends. It knows brackets, strings,
 * commas and colons, so that a lost bracket or quote shows up where it happens; what numbers and literals hold is left to
 * `JSON.parse`. On the way it notes what must be known before parsing: the depth, and numbers a double cannot hold.
 */
export class ValueScanner {
  outcome: ScanOutcome = "more";
  /** Greatest nesting so far. */
  deepest = 0;
  /** True when an integer has so many digits that `JSON.parse` may change it. */
  hasBigIntegers = false;

  #depth = 0;
  #expect: Expectation = expectValue;
  #stack = new Uint8Array(64);
  #inString = false;
  #isKey = false;
  #escaped = false;
  #scalarLength = 0;
  #scalarIsInteger = true;
  readonly #wrapperKey: string | undefined;
  #key: string | undefined;

  /** @param wrapperKey stop with "entered" behind the `[` of the array that this key of the outermost object holds. */
  constructor(wrapperKey?: string) {
    this.#wrapperKey = wrapperKey;
  }

  /** Goes on at `from` and returns the position behind the last byte that belongs to the value. */
  scan(bytes: Buffer, from: number): number {
    const end = bytes.length;
    let at = from;
    while (at < end && this.outcome === "more") {
      if (this.#inString) {
        at = this.#scanString(bytes, at);
      } else if (this.#scalarLength > 0) {
        at = this.#scanScalar(bytes, at);
      } else {
        at = this.#scanToken(bytes, at);
      }
    }
    return at;
  }

  /** Tells that no bytes follow: a number at the outermost level ends here. */
  finish(): void {
    if (this.#scalarLength > 0 && this.#depth === 0 && this.outcome === "more") this.#endScalar();
  }

  #scanToken(bytes: Buffer, from: number): number {
    const byte = bytes[from] as number;
    const expect = this.#expect;
    const next = from + 1;
    switch (byte) {
      case 0x20:
      case 0x0a:
      case 0x0d:
      case 0x09:
        return next;
      case 0x22:
        if (expect > expectKey) return this.#break(from);
        this.#isKey = expect === expectKey || expect === expectKeyOrClose;
        this.#inString = true;
        if (this.#isKey && this.#wrapperKey !== undefined && this.#depth === 1) this.#key = "";
        return next;
      case 0x3a:
        if (expect !== expectColon) return this.#break(from);
        this.#expect = expectValue;
        return next;
      case 0x2c:
        if (expect !== expectCommaOrClose || this.#depth === 0) return this.#break(from);
        this.#expect = this.#stack[this.#depth] === inObject ? expectKey : expectValue;
        return next;
      case 0x7b:
      case 0x5b:
        if (expect > expectValueOrClose) return this.#break(from);
        return this.#open(byte === 0x7b ? inObject : inArray, next);
      case 0x7d:
        if (this.#stack[this.#depth] !== inObject) return this.#break(from);
        if (expect !== expectKeyOrClose && expect !== expectCommaOrClose) return this.#break(from);
        return this.#close(next);
      case 0x5d:
        if (this.#depth === 0 || this.#stack[this.#depth] !== inArray) return this.#break(from);
        if (expect !== expectValueOrClose && expect !== expectCommaOrClose) return this.#break(from);
        return this.#close(next);
      default:
        if (expect > expectValueOrClose || !isScalarByte(byte)) return this.#break(from);
        this.#scalarIsInteger = true;
        return this.#scanScalar(bytes, from);
    }
  }

  #open(kind: number, next: number): number {
    if (kind === inArray && this.#depth === 1 && this.#key !== undefined && this.#key === this.#wrapperKey) {
      this.outcome = "entered";
      return next;
    }
    this.#depth += 1;
    if (this.#depth > this.deepest) this.deepest = this.#depth;
    if (this.#depth >= this.#stack.length) {
      if (this.#depth > deepestTracked) return this.#break(next - 1);
      const bigger = new Uint8Array(this.#stack.length * 2);
      bigger.set(this.#stack);
      this.#stack = bigger;
    }
    this.#stack[this.#depth] = kind;
    this.#expect = kind === inObject ? expectKeyOrClose : expectValueOrClose;
    return next;
  }

  #close(next: number): number {
    this.#depth -= 1;
    this.#endValue();
    return next;
  }

  #endValue(): void {
    this.#expect = expectCommaOrClose;
    if (this.#depth === 0) this.outcome = "done";
  }

  #break(at: number): number {
    this.outcome = "broken";
    return at;
  }

  #scanString(bytes: Buffer, from: number): number {
    const quote = this.#findQuote(bytes, from);
    const end = quote === -1 ? bytes.length : quote;
    // The outermost keys are few; a wrapper's key is short.
    if (this.#isKey && this.#key !== undefined && this.#depth === 1 && this.#key.length < 64) {
      this.#key += bytes.toString("latin1", from, Math.min(end, from + 64));
    }
    if (quote === -1) return end;
    this.#inString = false;
    if (this.#isKey) this.#expect = expectColon;
    else this.#endValue();
    return quote + 1;
  }

  #findQuote(bytes: Buffer, from: number): number {
    const end = bytes.length;
    let at = from;
    if (this.#escaped) {
      this.#escaped = false;
      at += 1;
    }
    for (const limit = Math.min(end, at + shortString); at < limit; at += 1) {
      const byte = bytes[at];
      if (byte === 0x22) return at;
      if (byte === 0x5c) at += 1;
    }
    // A backslash right before the limit has already taken the byte behind it.
    if (at > end) {
      this.#escaped = true;
      return -1;
    }
    while (at < end) {
      const quote = bytes.indexOf(0x22, at);
      const stop = quote === -1 ? end : quote;
      let slash = stop;
      while (slash > at && bytes[slash - 1] === 0x5c) slash -= 1;
      const isEscaped = (stop - slash) % 2 === 1;
      if (quote === -1) {
        this.#escaped = isEscaped;
        return -1;
      }
      if (!isEscaped) return quote;
      at = quote + 1;
    }
    return -1;
  }

  #scanScalar(bytes: Buffer, from: number): number {
    let at = from;
    let byte = bytes[at];
    while (byte !== undefined && isScalarByte(byte)) {
      if ((byte < 0x30 || byte > 0x39) && byte !== 0x2d) this.#scalarIsInteger = false;
      at += 1;
      byte = bytes[at];
    }
    this.#scalarLength += at - from;
    if (byte !== undefined) this.#endScalar();
    return at;
  }

  #endScalar(): void {
    if (this.#scalarIsInteger && this.#scalarLength >= 16) this.hasBigIntegers = true;
    this.#scalarLength = 0;
    this.#endValue();
  }
}

/** Digits, letters, sign and point: the bytes of numbers and of `true`, `false`, `null`. */
function isScalarByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  );
}
