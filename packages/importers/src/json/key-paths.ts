/** Keys longer than this are not vendors' field names. */
const keyLimit = 80;
const depthLimit = 12;
const pathLimit = 5000;
/** Objects whose keys are ids: everything below them counts as one. */
const keyedById = new Set(["mapping"]);

/**
 * Collects which keys occur where at the beginning of a JSON text, complete or not, valid or not: `[].mapping`,
 * `[].mapping.*.message.author.role`. Enough to recognise whose data it is without reading a whole conversation.
 */
export class KeyPathScanner {
  /** Array elements are `[]`, ids are `*`. */
  readonly paths = new Set<string>();
  /** Values that began at the outermost level; more than one means one value per line. */
  roots = 0;

  #stack: { path: string; isArray: boolean; isKeyedById: boolean }[] = [];
  #depth = 0;
  #text = "";
  #inString = false;
  #escaped = false;
  #awaitsKey = false;
  #path = "";

  /** True when enough was collected; more of the text adds nothing worth having. */
  get isFull(): boolean {
    return this.paths.size >= pathLimit;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (this.#inString) this.#pushStringByte(byte);
      else this.#pushByte(byte);
    }
  }

  #pushStringByte(byte: number): void {
    if (this.#escaped) {
      this.#escaped = false;
    } else if (byte === 0x5c) {
      this.#escaped = true;
    } else if (byte === 0x22) {
      this.#inString = false;
      if (this.#awaitsKey) this.#endKey();
      return;
    }
    if (this.#awaitsKey && this.#text.length < keyLimit) this.#text += String.fromCharCode(byte);
  }

  #pushByte(byte: number): void {
    switch (byte) {
      case 0x22:
        this.#inString = true;
        this.#text = "";
        return;
      case 0x7b:
      case 0x5b:
        this.#open(byte === 0x5b);
        return;
      case 0x7d:
      case 0x5d:
        this.#close();
        return;
      case 0x2c:
        this.#awaitsKey = this.#top()?.isArray === false && this.#depth <= depthLimit;
        return;
      default:
        return;
    }
  }

  #open(isArray: boolean): void {
    if (this.#depth === 0) this.roots += 1;
    const top = this.#top();
    this.#depth += 1;
    if (this.#depth > depthLimit) return;
    const inner = top?.isArray === true ? `${top.path}[]` : this.#depth === 1 ? "" : this.#path;
    const name = inner.slice(inner.lastIndexOf(".") + 1);
    this.#stack.push({ path: inner, isArray, isKeyedById: !isArray && keyedById.has(name) });
    this.#awaitsKey = !isArray;
    if (top?.isArray === true || isArray) this.#add(isArray ? `${inner}[]` : inner);
  }

  #close(): void {
    if (this.#depth > 0) this.#depth -= 1;
    if (this.#stack.length > this.#depth) this.#stack.length = this.#depth;
    this.#awaitsKey = false;
  }

  #endKey(): void {
    this.#awaitsKey = false;
    const top = this.#top();
    if (top === undefined) return;
    const key = top.isKeyedById ? "*" : this.#text;
    this.#path = top.path === "" ? key : `${top.path}.${key}`;
    this.#add(this.#path);
  }

  #top(): { path: string; isArray: boolean; isKeyedById: boolean } | undefined {
    return this.#stack[Math.min(this.#depth, depthLimit) - 1];
  }

  #add(path: string): void {
    if (path !== "" && this.paths.size < pathLimit) this.paths.add(path);
  }
}
