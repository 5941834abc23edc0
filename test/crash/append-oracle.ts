// What a writer was given and what it acknowledged, held against what the vault has afterwards.
import { exportReader } from "@chatty/importers";
import { openVault } from "@chatty/store";
import type { Vault } from "@chatty/store";

/** A line as it was fed to the writer. */
export interface SentLine {
  id: string;
  role: "user" | "assistant";
  content: string;
}

/** A line that the writer printed. */
export interface Acknowledgement {
  sessionId: string;
  messageId: string;
  seq: number;
  hash: string;
}

export type Violation = {
  kind:
    | "does-not-open"
    | "lost"
    | "changed"
    | "doubled"
    | "invented"
    | "misplaced"
    | "answered-otherwise"
    | "not-verified";
  detail: string;
};

interface StoredRecord {
  kind?: string;
  id?: string;
  seq?: number;
  role?: string;
  content?: string;
  hash?: string;
}

/** The parent's memory of one session; it outlives every process that is killed. */
export class AppendOracle {
  readonly sessionId: string;
  readonly sent = new Map<string, SentLine>();
  readonly acknowledged = new Map<string, Acknowledgement>();
  readonly violations: Violation[] = [];

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }

  sending(lines: readonly SentLine[]): void {
    for (const line of lines) this.sent.set(line.id, line);
  }

  /** Takes in what a writer printed. A repeated message must be answered as the first time. */
  answered(answers: readonly Acknowledgement[]): void {
    for (const answer of answers) {
      const before = this.acknowledged.get(answer.messageId);
      if (before !== undefined && (before.seq !== answer.seq || before.hash !== answer.hash)) {
        this.#tell("answered-otherwise", `${answer.messageId}: record ${before.seq}, then ${answer.seq}`);
      }
      if (!this.sent.has(answer.messageId)) this.#tell("invented", `an answer for ${answer.messageId}`);
      this.acknowledged.set(answer.messageId, answer);
    }
  }

  /** Opens the vault as the next process would and compares. @returns messages found. */
  async examine(home: string): Promise<number> {
    let vault: Vault;
    try {
      vault = await openVault({ home, environment: "production", exports: exportReader, create: false });
    } catch (error) {
      this.#tell("does-not-open", String(error));
      return 0;
    }
    try {
      const found = await this.#examineJournal(vault);
      await this.#examineShown(vault, found);
      const report = await vault.verify();
      for (const { code, path, message } of report.problems) {
        this.#tell("not-verified", `${code} ${path}: ${message}`);
      }
      return found.size;
    } catch (error) {
      this.#tell("does-not-open", String(error));
      return 0;
    } finally {
      await vault.close();
    }
  }

  async #examineJournal(vault: Vault): Promise<Map<string, StoredRecord>> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of vault.user().raw(this.sessionId)) chunks.push(chunk);
    const found = new Map<string, StoredRecord>();
    for (const text of Buffer.concat(chunks).toString("utf8").split("\n")) {
      if (text === "") continue;
      const record = JSON.parse(text) as StoredRecord;
      if (record.kind !== "message" || record.id === undefined) continue;
      if (found.has(record.id)) this.#tell("doubled", `${record.id} stands twice in the journal`);
      found.set(record.id, record);
      this.#compare("journal", record.id, record);
    }
    for (const [id, answer] of this.acknowledged) {
      const record = found.get(id);
      if (record === undefined) this.#tell("lost", `${id} was acknowledged as record ${answer.seq}`);
      else if (record.seq !== answer.seq || record.hash !== answer.hash) {
        this.#tell("misplaced", `${id} was acknowledged as record ${answer.seq} and is ${record.seq}`);
      }
    }
    return found;
  }

  async #examineShown(vault: Vault, found: ReadonlyMap<string, StoredRecord>): Promise<void> {
    const { messages, session } = await vault.user().show(this.sessionId);
    const shown = new Set<string>();
    for (const message of messages) {
      if (shown.has(message.id)) this.#tell("doubled", `${message.id} is shown twice`);
      shown.add(message.id);
      this.#compare("show", message.id, message);
    }
    for (const id of found.keys()) if (!shown.has(id)) this.#tell("lost", `${id} is not shown`);
    if (session.messageCount !== found.size) {
      this.#tell(
        "changed",
        `the list counts ${session.messageCount} messages, the journal has ${found.size}`,
      );
    }
  }

  #compare(where: string, id: string, stored: { role?: string; content?: string }): void {
    const line = this.sent.get(id);
    if (line === undefined) this.#tell("invented", `${where} has ${id}, which nobody sent`);
    else if (stored.role !== line.role || stored.content !== line.content) {
      const lengths = `${stored.content?.length} instead of ${line.content.length} characters`;
      this.#tell("changed", `${where} has ${id} otherwise than it was sent (${lengths})`);
    }
  }

  #tell(kind: Violation["kind"], detail: string): void {
    this.violations.push({ kind, detail });
  }
}
