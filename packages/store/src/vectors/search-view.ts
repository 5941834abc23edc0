import type { DatabaseSync } from "node:sqlite";
import { checked } from "../catalog/checked-statement.ts";
import type { FilePort, OpenFile } from "../files/port.ts";
import { openSearchReader } from "../search/search-file.ts";
import { AttributeTable } from "../search/attribute-table.ts";
import { TextsToEmbed } from "./texts-to-embed.ts";

interface Opened {
  /** Tells whether the file that is read is still the one with the name. */
  file: OpenFile;
  database: DatabaseSync;
  table: AttributeTable;
  texts: TextsToEmbed;
}

/** The index of words as search by meaning reads it: texts, and what filters ask of messages. */
export class SearchView {
  readonly #files: FilePort;
  readonly #path: string;
  #opened: Opened | undefined;
  #generation = 0;

  /** @param path of the index, absolute. */
  constructor(files: FilePort, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** Another one means that the index was begun anew: its numbers mean something else. */
  get generation(): number {
    this.#now();
    return this.#generation;
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
    this.#opened?.file.close();
    this.#opened = undefined;
  }

  #now(): Opened | undefined {
    if (this.#opened?.file.isLinked() === false) this.close();
    if (this.#opened !== undefined) return this.#opened;
    const database = openSearchReader(this.#files, this.#path);
    if (database === undefined) return undefined;
    this.#generation += 1;
    this.#opened = {
      file: this.#files.open(this.#path, "read"),
      database,
      table: new AttributeTable(database),
      texts: new TextsToEmbed(database),
    };
    return this.#opened;
  }
}
