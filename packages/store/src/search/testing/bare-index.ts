import type { ConstructId, RuntimeId, SearchAnswer, SearchRequest, SessionId } from "@chatty/model";
import { nodeFiles } from "../../files/node-files.ts";
import type { MeaningHit } from "../../vectors/meaning-port.ts";
import { IndexWriter } from "../index-writer.ts";
import { QueryEngine } from "../query-engine.ts";
import { beginSearchFile, openSearchReader } from "../search-file.ts";
import { messageDocuments } from "../session-documents.ts";
import type { SourceMessage } from "../session-documents.ts";

/** A conversation as it is given to an index without a vault. */
export interface BuiltConversation {
  sessionId: SessionId;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  title: string;
  /** Integer milliseconds UTC. */
  updatedAt: number;
  messages: SourceMessage[];
}

/** Fills an index. Whoever made it closes it. */
export interface IndexBuilder {
  put(conversation: BuiltConversation): void;
  /** Writes what waits and joins the pieces. */
  finish(): void;
  /** Makes the second index, for what stands inside of words. */
  makePieces(): void;
  close(): void;
}

/** Begins an index at a path, in the way in which the indexer writes very much. */
export function buildIndex(path: string): IndexBuilder {
  const database = beginSearchFile(nodeFiles(), path);
  const writer = new IndexWriter(database);
  return {
    put({ messages, ...facts }) {
      const activePath = new Set(messages.map(({ id }) => id));
      writer.put({ ...facts, marks: 0 }, facts.sessionId, messageDocuments({ messages, activePath }));
      if (writer.isFull) writer.commit();
    },
    finish() {
      writer.commit();
      while (writer.tidy()) continue;
    },
    makePieces() {
      writer.wantPieces();
      while (writer.tidy()) continue;
    },
    close: () => database.close(),
  };
}

export type BareAnswer = Omit<SearchAnswer, "pendingSessions" | "tookMs">;

/** Answers questions about an index at a path, in this thread. */
export interface BareQuestions {
  /** @param meaning what a search by meaning would have found. */
  search(request: SearchRequest, meaning?: readonly MeaningHit[]): BareAnswer;
  close(): void;
}

export function openQuestions(path: string): BareQuestions {
  const database = openSearchReader(nodeFiles(), path);
  if (database === undefined) throw new TypeError(`There is no index at ${path}.`);
  const engine = new QueryEngine(database);
  const visibility = { hiddenRuntimes: [], joined: {}, names: {}, hiddenSessions: [] };
  return {
    search: (request, meaning) => engine.search({ request, visibility, now: Date.now(), meaning }),
    close: () => database.close(),
  };
}
