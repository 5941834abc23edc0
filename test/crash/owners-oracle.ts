// Many writers on one session: what each was told, held against the others and against the journal.
import { AppendOracle } from "./append-oracle.ts";
import type { Acknowledgement, SentLine } from "./append-oracle.ts";

/** Knows every writer's lines in the order in which it sends them. */
export class OwnersOracle {
  readonly session: AppendOracle;
  readonly #writers = new Map<string, readonly SentLine[]>();

  constructor(sessionId: string) {
    this.session = new AppendOracle(sessionId);
  }

  sending(writer: string, lines: readonly SentLine[]): void {
    this.#writers.set(writer, lines);
    this.session.sending(lines);
  }

  answered(answers: readonly Acknowledgement[]): void {
    this.session.answered(answers);
  }

  /** Opens the vault and compares. @returns one line for each violation */
  async examine(home: string): Promise<string[]> {
    await this.session.examine(home);
    const told = this.session.violations.map(({ kind, detail }) => `${kind}: ${detail}`);
    return [...told, ...this.examineAnswers()];
  }

  /** What the answers alone give away: a place given twice, and a writer's lines out of their order. */
  examineAnswers(): string[] {
    const violations: string[] = [];
    const places = new Map<number, string>();
    for (const { messageId, seq } of this.session.acknowledged.values()) {
      const other = places.get(seq);
      if (other !== undefined) violations.push(`place ${seq} was given to ${other} and to ${messageId}`);
      places.set(seq, messageId);
    }
    for (const [writer, lines] of this.#writers) {
      let last = 0;
      for (const { id } of lines) {
        const seq = this.session.acknowledged.get(id)?.seq;
        if (seq === undefined) continue;
        if (seq <= last) violations.push(`${writer}: ${id} is record ${seq}, the one before it ${last}`);
        last = seq;
      }
    }
    return violations;
  }
}
