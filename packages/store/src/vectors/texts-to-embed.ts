import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ConstructId, SessionId } from "@chatty/model";
import { checked } from "../catalog/checked-statement.ts";
import { markBits } from "../search/document.ts";

/** A conversation of the index of words. */
export interface EmbeddableSession {
  sessionId: SessionId;
  /** Number of the session in the index of words. */
  number: number;
  /** Another one means that texts may have changed. */
  content: string;
  constructId: ConstructId;
  isImported: boolean;
}

/** A text that is to have vectors: what a message says, or what its files say. */
export interface TextToEmbed {
  /** A message's id, with `/files` behind it for its files. */
  documentId: string;
  /** Number of the message's document in the index of words. */
  doc: number;
  text: string;
}

const filesEnding = "/files";

/** Which message and field a document is. */
export function parseDocumentId(documentId: string): { messageId: string; field: "text" | "file" } {
  return documentId.endsWith(filesEnding)
    ? { messageId: documentId.slice(0, -filesEnding.length), field: "file" }
    : { messageId: documentId, field: "text" };
}

export function filesDocumentId(messageId: string): string {
  return messageId + filesEnding;
}

/** Reads what is to be embedded from the index of words, which has every message's text once. Each call is a transaction of its own. */
export class TextsToEmbed {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  sessions(): EmbeddableSession[] {
    const sql = "SELECT number, session_id, content, construct_id, marks FROM sessions ORDER BY number";
    return this.#all(sql).map((row) => ({
      sessionId: String(row["session_id"]) as SessionId,
      number: Number(row["number"]),
      content: String(row["content"]),
      constructId: String(row["construct_id"]) as ConstructId,
      isImported: (Number(row["marks"]) & markBits.imported) !== 0,
    }));
  }

  /** Another one means that something changed. */
  epoch(): string {
    return String(this.#all("SELECT value FROM state WHERE key = 'epoch'")[0]?.["value"]);
  }

  /** Documents of messages, in tree order, without their texts. */
  documents({ number }: EmbeddableSession): { messageId: string; doc: number }[] {
    const sql = "SELECT doc, message_id FROM docs WHERE session = ? AND place > 0 ORDER BY place";
    return this.#all(sql, number).map((row) => ({
      messageId: String(row["message_id"]),
      doc: Number(row["doc"]),
    }));
  }

  /** Messages of a session, which is a measure of what is to be done. */
  count({ number }: EmbeddableSession): number {
    return Number(
      this.#all("SELECT count(*) AS count FROM docs WHERE session = ? AND place > 0", number)[0]?.["count"],
    );
  }

  /** Texts of a message that say anything. */
  texts(messageId: string, doc: number): TextToEmbed[] {
    const row = this.#all("SELECT text, file FROM bodies WHERE doc = ?", doc)[0];
    const [text, file] = [row?.["text"], row?.["file"]].map((value) =>
      typeof value === "string" ? value : "",
    );
    return [
      { documentId: messageId, doc, text: text ?? "" },
      { documentId: filesDocumentId(messageId), doc, text: file ?? "" },
    ].filter((document) => document.text.trim() !== "");
  }

  /** When the first message was; undefined where none has a time. */
  firstTime({ number }: EmbeddableSession): number | undefined {
    const at = this.#all("SELECT min(at) AS at FROM docs WHERE session = ? AND place > 0", number)[0]?.["at"];
    return typeof at === "number" ? at : undefined;
  }

  /** Which message a document is of; undefined when it is gone or means another one by now. */
  messageOf(doc: number): { sessionId: string; messageId: string } | undefined {
    const sql =
      "SELECT s.session_id, d.message_id FROM docs d JOIN sessions s ON s.number = d.session WHERE d.doc = ?";
    const row = this.#all(sql, doc)[0];
    return row === undefined
      ? undefined
      : { sessionId: String(row["session_id"]), messageId: String(row["message_id"]) };
  }

  #all(sql: string, ...values: number[]): Record<string, unknown>[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    const prepared = statement;
    return checked(() => prepared.all(...values));
  }
}
