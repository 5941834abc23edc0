import { setImmediate as nextTurn } from "node:timers/promises";
import type { SessionId } from "@chatty/model";
import { isChattyError } from "@chatty/model";
import type { Catalog, CatalogSession } from "../../catalog/catalog.ts";
import { scanRecords } from "../../journal/read.ts";
import type { PublishedBytes } from "../../journal/read.ts";
import { recordPlaces } from "./record-places.ts";
import { SessionTree } from "./session-tree.ts";

export interface SessionTreesOptions {
  catalog: Catalog;
  /** The row brought up to the journal; undefined when the session is gone. */
  row: (sessionId: SessionId) => CatalogSession | undefined;
  journal: (row: CatalogSession) => PublishedBytes;
}

/** A tree and the state of its journal that it stands for. */
interface KeptTree {
  tree: SessionTree;
  /** Bytes of the journal, and the hash of the last line among them. */
  length: number;
  hash: string;
}

/** Rows that are taken in between two turns of the event loop; a few milliseconds. */
const sliceRows = 1_000;
/** Messages of all trees together, some 200 bytes each; the one in use is kept in any case. */
const messagesKept = 300_000;
/** What was appended is read from the journal up to so many bytes; beyond that the catalog is read again. */
const catchUpBytes = 512 * 1024;

/** Keeps the trees of the sessions that were looked at last. */
export class SessionTrees {
  readonly #options: SessionTreesOptions;
  readonly #kept = new Map<SessionId, KeptTree>();
  readonly #loading = new Map<SessionId, Promise<KeptTree>>();

  constructor(options: SessionTreesOptions) {
    this.#options = options;
  }

  /**
   * The tree as the journal is at the moment in which this resolves, with the row of that moment.
   * Undefined when the session is gone or its catalog does not fit its journal: then only the journal itself can be shown.
   */
  async tree(sessionId: SessionId): Promise<{ tree: SessionTree; row: CatalogSession } | undefined> {
    for (let tries = 0; tries < 5; tries += 1) {
      const row = this.#options.row(sessionId);
      if (row === undefined || row.imported || row.journalLength === 0) return undefined;
      const kept = this.#kept.get(sessionId);
      if (kept !== undefined && this.#catchUp(kept, row)) {
        this.#kept.delete(sessionId);
        this.#kept.set(sessionId, kept);
        return { tree: kept.tree, row };
      }
      this.#kept.delete(sessionId);
      const loaded = await this.#load(row);
      this.#kept.set(sessionId, loaded);
      this.#dropOldest(sessionId);
    }
    return undefined;
  }

  /** Forgets all trees, after journals were purged or made again. */
  forget(): void {
    this.#kept.clear();
  }

  /** Takes in what was appended since. @returns false when the tree must be loaded again. */
  #catchUp(kept: KeptTree, row: CatalogSession): boolean {
    if (kept.length === row.journalLength) return kept.hash === row.journalHash;
    if (kept.length > row.journalLength || row.journalLength - kept.length > catchUpBytes) return false;
    try {
      for (const { record, start, length } of scanRecords(
        this.#options.journal(row),
        kept.length,
        kept.hash,
      )) {
        kept.tree.add(recordPlaces(row.sessionId, record, { offset: start, length }));
        kept.length = start + length;
        kept.hash = record.hash;
      }
    } catch (error) {
      if (isChattyError(error, "FILE_DAMAGED")) return false;
      throw error;
    }
    return kept.length === row.journalLength;
  }

  async #load(row: CatalogSession): Promise<KeptTree> {
    const { sessionId } = row;
    const running = this.#loading.get(sessionId);
    if (running !== undefined) return await running;
    const loading = this.#loadSlices(row).finally(() => this.#loading.delete(sessionId));
    this.#loading.set(sessionId, loading);
    return await loading;
  }

  /** What is appended meanwhile has a higher number than the row has: it is left to {@link SessionTrees.tree} to take it in. */
  async #loadSlices(row: CatalogSession): Promise<KeptTree> {
    const { catalog } = this.#options;
    const { sessionId, journalSeq } = row;
    const tree = new SessionTree();
    catalog.flush();
    for (let after = ""; ;) {
      const rows = catalog.messagePlaces(sessionId, after, sliceRows);
      tree.addRows(rows.filter((place) => place[2] <= journalSeq));
      const last = rows.at(-1);
      if (last === undefined || rows.length < sliceRows) break;
      after = last[0];
      await nextTurn();
    }
    tree.addChanges(catalog.messageChanges(sessionId).filter(({ seq }) => seq <= journalSeq));
    return { tree, length: row.journalLength, hash: row.journalHash };
  }

  #dropOldest(inUse: SessionId): void {
    let messages = 0;
    for (const { tree } of this.#kept.values()) messages += tree.size;
    for (const [sessionId, { tree }] of this.#kept) {
      if (messages <= messagesKept) return;
      if (sessionId === inUse) continue;
      this.#kept.delete(sessionId);
      messages -= tree.size;
    }
  }
}
