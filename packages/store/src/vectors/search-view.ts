import type { DatabaseSync } from "node:sqlite";
import { checked } from "../catalog/checked-statement.ts";
import { AttributeTable } from "../search/attribute-table.ts";
import { TextsToEmbed } from "./texts-to-embed.ts";

interface Opened {
  database: DatabaseSync;
  table: AttributeTable;
  texts: TextsToEmbed;
}

/** The index of words as search by meaning reads it: texts, and what filters ask of messages. */
export class SearchView {
  readonly #open: () => DatabaseSync | undefined;
  #opened: Opened | undefined;

  /** @param open gives a reader; undefined while there is no index. */
  constructor(open: () => DatabaseSync | undefined) {
    this.#open = open;
  }

  /** Undefined while there is no index of words. */
  texts(): TextsToEmbed | undefined {
    return this.#now()?.texts;
  }

  /** Looks at one state of the index; undefined while there is none. */
  look<Value>(work: (table: AttributeTable, texts: TextsToEmbed) => Value): Value | undefined {
    const opened = this.#now();
    if (opened === undefined) return undefined;
    const { database, table, texts } = opened;
    checked(() => database.exec("BEGIN"));
    try {
      checked(() => table.refresh());
      return work(table, texts);
    } finally {
      database.exec("COMMIT");
    }
  }

  /** Opens the file anew at the next occasion. */
  close(): void {
    this.#opened?.database.close();
    this.#opened = undefined;
  }

  #now(): Opened | undefined {
    if (this.#opened !== undefined) return this.#opened;
    const database = this.#open();
    if (database === undefined) return undefined;
    this.#opened = { database, table: new AttributeTable(database), texts: new TextsToEmbed(database) };
    return this.#opened;
  }
}
