import type { PlacedLine } from "./assemble-journals.ts";
import { sectorBytes } from "./join-fragments.ts";
import type { Fragment } from "./join-fragments.ts";

/** Lines that belong to one file, because each continues another of them. */
export interface LineChain {
  /** In the order of their numbers. */
  lines: PlacedLine[];
  /** Session of the header among them. */
  headerOf: string | undefined;
  /** Ids of the records among them. */
  ids: string[];
}

/** How the seal of a record stands at its end. */
const sealPattern = /,"prev":"(?:[0-9a-f]{64})?","hash":"[0-9a-f]{64}"\}$/;
const linkPattern = /,"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}/g;
/** Bytes in which the first pattern fits. */
const sealBytes = 160;

/** Collects lines from any number of files and joins those of which one names the hash of the other. */
export class LineChains {
  readonly #byHash = new Map<string, PlacedLine>();
  readonly #parentOf = new Map<string, string>();
  /** Hash of a line that cannot be read, and the hash of the line before it. */
  readonly #links = new Map<string, string>();
  readonly #byPath = new Map<string, PlacedLine[]>();

  /** @param sessionId session in whose file it stands. */
  add(line: PlacedLine, sessionId: string): void {
    const { hash } = line.body;
    const standing = this.#byPath.get(line.path);
    if (standing === undefined) this.#byPath.set(line.path, [line]);
    else standing.push(line);
    const known = this.#byHash.get(hash);
    if (known === undefined && isJournalLine(line)) {
      this.#byHash.set(hash, line);
    } else if (known !== undefined && known.path !== line.path && namesSession(line, sessionId)) {
      // A repeated line counts where it belongs.
      this.#byHash.set(hash, line);
    }
  }

  /**
   * Takes in what is left of a line that cannot be read: when the end of it stands, it still says which line it stood behind and
   * which hash the next one names.
   */
  addRemains({ bytes, start }: Fragment): void {
    for (const match of bytes.toString("latin1").matchAll(linkPattern)) {
      const [whole, prev, hash] = match;
      const from = start + match.index;
      // A misplaced block may end between the two.
      const isTorn = Math.floor(from / sectorBytes) !== Math.floor((from + whole.length) / sectorBytes);
      if (prev !== undefined && hash !== undefined && !isTorn) this.#links.set(hash, prev);
    }
  }

  /** Every line that was found in a file, also those that are none of a journal. */
  linesIn(path: string): readonly PlacedLine[] {
    return this.#byPath.get(path) ?? [];
  }

  all(): LineChain[] {
    const isKnown = (hash: string): boolean => this.#byHash.has(hash) || this.#links.has(hash);
    for (const { body } of this.#byHash.values()) {
      if (body.prev !== "" && isKnown(body.prev)) this.#join(body.hash, body.prev);
    }
    for (const [hash, prev] of this.#links) if (isKnown(prev)) this.#join(hash, prev);
    const groups = new Map<string, PlacedLine[]>();
    for (const line of this.#byHash.values()) {
      const root = this.#rootOf(line.body.hash);
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [line]);
      else group.push(line);
    }
    return [...groups.values()].map((lines) => this.#chainOf(lines));
  }

  #chainOf(lines: PlacedLine[]): LineChain {
    lines.sort((left, right) => numberOf(left) - numberOf(right));
    const header = lines.find(({ body }) => typeof body["chat_id"] === "string");
    return {
      lines,
      headerOf: header?.body["chat_id"] as string | undefined,
      ids: lines.map(({ body }) => body["id"]).filter((id) => typeof id === "string"),
    };
  }

  #join(one: string, other: string): void {
    const [left, right] = [this.#rootOf(one), this.#rootOf(other)];
    if (left !== right) this.#parentOf.set(left, right);
  }

  #rootOf(hash: string): string {
    let root = hash;
    for (let up = this.#parentOf.get(root); up !== undefined; up = this.#parentOf.get(root)) root = up;
    for (let at = hash; at !== root;) {
      const next = this.#parentOf.get(at) ?? root;
      this.#parentOf.set(at, root);
      at = next;
    }
    return root;
  }
}

function numberOf({ body }: PlacedLine): number {
  return typeof body["seq"] === "number" ? body["seq"] : 0;
}

function namesSession({ body }: PlacedLine, sessionId: string): boolean {
  return body["chat_id"] === sessionId;
}

/** A header or a record. Other sealed lines may stand in a damaged file, too: events, or groups of the log. */
function isJournalLine({ body, text }: PlacedLine): boolean {
  if (!sealPattern.test(text.toString("latin1", Math.max(0, text.length - sealBytes)))) return false;
  if (typeof body["chat_id"] === "string") return body["seq"] === undefined && body.prev === "";
  const isNumbered = Number.isSafeInteger(body["seq"]) && Number(body["seq"]) > 0;
  return isNumbered && typeof body["kind"] === "string" && typeof body["id"] === "string";
}
