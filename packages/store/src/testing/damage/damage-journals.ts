import type { SeededRandom } from "./damage-random.ts";
import { sealLine } from "../../log/chained-line.ts";

/** A journal as the store writes it, and where each of its lines lies. */
export interface MadeJournal {
  sessionId: string;
  path: string;
  bytes: Buffer;
  /** Header first. */
  lines: { start: number; end: number; body: Record<string, unknown> }[];
  end: { length: number; seq: number; hash: string };
}

const words = [
  "tea",
  "line\nbreak",
  'a "quoted" word',
  "\u{1F469}\u200D\u{1F680}",
  "\u0000",
  ',"hash":"',
  '{"seq":1,',
  "é\u0301",
  " ",
];

/** Journals of one vault: commits go to and fro between them, as in a day with several conversations. */
export function makeJournals(random: SeededRandom, count: number, records: number): MadeJournal[] {
  const journals = Array.from({ length: count }, () => new JournalMaker(random));
  let commit = 1;
  for (const journal of journals) journal.begin((commit += 1));
  for (let made = 0; made < records; made += 1) random.pick(journals).add((commit += 1));
  return journals.map((journal) => journal.made());
}

class JournalMaker {
  readonly #random: SeededRandom;
  readonly #sessionId: string;
  readonly #pieces: Buffer[] = [];
  readonly #lines: MadeJournal["lines"] = [];
  readonly #messages: string[] = [];
  #end = { length: 0, seq: -1, hash: "" };

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#sessionId = random.uuid();
  }

  begin(commit: number): void {
    const metadata = {
      userId: "u",
      runtimeId: "synth",
      constructId: "synth-001",
      title: "T",
      source: "new_conversation",
      commit,
    };
    this.#push({ version: "1.0", chat_id: this.#sessionId, timestamp: 1_700_000_000_000 + commit, metadata });
  }

  add(commit: number): void {
    const random = this.#random;
    const base = { commit, timestamp: 1_700_000_000_000 + commit * 1000 };
    const id = random.uuid();
    const text = Array.from({ length: 1 + random.below(random.below(8) === 0 ? 200 : 8) }, () =>
      random.pick(words),
    ).join(" ");
    const kind = random.below(10);
    const target = this.#messages.length === 0 ? undefined : random.pick(this.#messages);
    if (kind === 0 && target !== undefined)
      this.#record({ kind: "revision", id, targetId: target, content: text, ...base });
    else if (kind === 1 && target !== undefined)
      this.#record({ kind: "tombstone", id, targetId: target, deleted: true, ...base });
    else if (kind === 2) this.#record({ kind: "title", id, title: text, ...base });
    else {
      const parentId = random.below(6) === 0 ? (target ?? null) : (this.#messages.at(-1) ?? null);
      const role = random.pick(["user", "assistant"] as const);
      const parts =
        random.below(8) === 0
          ? { parts: [{ kind: "opaque", type: "x", json: { seq: 3, hash: "0".repeat(64) } }] }
          : {};
      this.#record({
        kind: "message",
        id,
        parentId,
        role,
        content: text,
        ...base,
        runtimeId: "synth",
        constructId: "synth-001",
        ...parts,
      });
      this.#messages.push(id);
    }
  }

  made(): MadeJournal {
    const path = `sessions/${this.#sessionId}/messages.jsonl`;
    return {
      sessionId: this.#sessionId,
      path,
      bytes: Buffer.concat(this.#pieces),
      lines: this.#lines,
      end: this.#end,
    };
  }

  #record(body: object): void {
    this.#push({ seq: this.#end.seq + 1, ...body });
  }

  #push(body: Record<string, unknown>): void {
    const sealed = sealLine(body, this.#end.hash);
    const start = this.#end.length;
    const length = start + sealed.bytes.length;
    this.#pieces.push(sealed.bytes);
    this.#lines.push({ start, end: length, body });
    this.#end = { length, seq: this.#end.seq + 1, hash: sealed.hash };
  }
}
