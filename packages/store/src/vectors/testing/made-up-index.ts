import type { ConstructId, MessageId, RuntimeId, SessionId } from "@chatty/model";
import { hash } from "node:crypto";
import { absolutePath, defaultShard, layout } from "../../files/layout.ts";
import type { UserPlace } from "../../files/layout.ts";
import type { FilePort } from "../../files/port.ts";
import { fieldBit, markBits, roleBit } from "../../search/document.ts";
import type { DocumentDraft } from "../../search/document.ts";
import { IndexWriter } from "../../search/index-writer.ts";
import { openSearchFile } from "../../search/search-file.ts";

/** A message of a made-up conversation. */
export interface MadeUpMessage {
  id: string;
  text: string;
  file?: string;
  at?: number;
}

export interface MadeUpSession {
  sessionId: string;
  runtime?: string;
  construct?: string;
  isImported?: boolean;
  messages: readonly MadeUpMessage[];
}

/** An index of words that is written to directly, beside folders of native sessions. For tests. */
export class MadeUpIndex {
  readonly user: UserPlace = {
    userId: "00000000-0000-4000-8000-000000000001" as UserPlace["userId"],
    shard: defaultShard,
  };
  readonly root: string;
  readonly #files: FilePort;
  #writer: IndexWriter;
  #close: () => void;

  constructor(files: FilePort, root: string) {
    this.#files = files;
    this.root = root;
    files.makeDirectory(absolutePath(root, "catalog"));
    const opened = this.#open();
    this.#writer = opened.writer;
    this.#close = opened.close;
  }

  put({
    sessionId,
    runtime = "chatty",
    construct = "synth-001",
    isImported = false,
    messages,
  }: MadeUpSession): void {
    const constructId = construct as ConstructId;
    if (!isImported) {
      const folder = layout.session(this.user, constructId, sessionId as SessionId);
      this.#files.makeDirectory(absolutePath(this.root, folder));
    }
    const drafts = messages.map(({ id, text, file = "", at }, index): DocumentDraft => ({
      messageId: id as MessageId,
      place: index + 1,
      bits: roleBit("user") | fieldBit("text"),
      model: "",
      at,
      fields: { text, thinking: "", tool: "", file },
    }));
    this.#writer.put(
      {
        sessionId: sessionId as SessionId,
        runtimeId: runtime as RuntimeId,
        constructId,
        title: "Made up",
        marks: isImported ? markBits.imported : 0,
        updatedAt: undefined,
      },
      hash("sha256", JSON.stringify(messages), "hex"),
      drafts,
    );
    this.#writer.commit();
  }

  remove(...sessionIds: string[]): void {
    this.#writer.remove(sessionIds as SessionId[]);
    this.#writer.commit();
  }

  /** Begins with a new file that knows nothing. */
  clear(): void {
    this.#close();
    const path = absolutePath(this.root, layout.searchIndex(this.user));
    for (const ending of ["", "-wal", "-shm"]) this.#files.remove(`${path}${ending}`);
    const opened = this.#open();
    this.#writer = opened.writer;
    this.#close = opened.close;
  }

  close(): void {
    this.#close();
  }

  #open(): { writer: IndexWriter; close: () => void } {
    const database = openSearchFile(this.#files, absolutePath(this.root, layout.searchIndex(this.user)));
    return { writer: new IndexWriter(database), close: () => database.close() };
  }
}
