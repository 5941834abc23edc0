import type { ConstructId, MessageId, RuntimeId, SessionId } from "../ids.ts";
import type { Role } from "../message.ts";

/** How hits are found: by words, by meaning, or by both. */
export type SearchMode = "text" | "semantic" | "hybrid";

/** `best`: by relevance, with a little weight on how recent it is. */
export type SearchSort = "best" | "newest";

/** Where the words may stand. `tool`: calls, their results and code that ran. `file`: names, descriptions and extracted text. */
export type SearchField = "text" | "title" | "thinking" | "tool" | "file";

/** What a message carries beside its words. */
export type SearchFeature =
  | "image"
  | "audio"
  | "video"
  | "file"
  | "code"
  | "link"
  | "citation"
  | "thinking"
  | "tool";

/** What is said of the conversation, or of the message in it. `active`: the message lies on the path that is shown. */
export type SearchMark = "starred" | "archived" | "home" | "imported" | "native" | "active" | "hidden";

/** Conditions by kind. Of the values of one kind any suffices, but for marks: each of them is asked for. */
export interface SearchConditions {
  /** Ids. Where none is equal: all that begin so before a hyphen (`chatgpt` for `chatgpt-alex`), or the name as a slug. */
  runtimes?: RuntimeId[];
  /** Like `runtimes`. */
  constructs?: ConstructId[];
  sessions?: SessionId[];
  roles?: Role[];
  /** As the source names it, in any case; `gpt-4*` stands for every name that begins so. */
  models?: string[];
  has?: SearchFeature[];
  is?: SearchMark[];
}

/** What every hit must fulfil, beside the words. */
export interface SearchFilters extends SearchConditions {
  /** Integer milliseconds UTC, inclusive. What has no time fulfils neither bound. */
  from?: number;
  /** Integer milliseconds UTC, exclusive. */
  to?: number;
  /** Fields in which the words are looked for; all when absent. */
  in?: SearchField[];
  /** Conditions of which none may be fulfilled. */
  not?: SearchConditions;
}

/** A question. What the text says and what `filters` says must both be fulfilled. */
export interface SearchRequest {
  /** As a person typed it, in the query language; may be empty when filters are given: then the newest come first. */
  query: string;
  filters?: SearchFilters;
  /** `hybrid` when absent; without any vectors that is the same as `text`, and the answer says so. */
  mode?: SearchMode;
  /** `best` when absent. */
  sort?: SearchSort;
  /** 1 to 200; 20 when absent. */
  limit?: number;
  /** Cursor of an earlier answer to the same question. */
  after?: string;
  /** Asks for counts and the histogram as well. */
  facets?: boolean;
}

/** A stretch of a text, in UTF-16 units, the end exclusive. */
export type TextRange = [from: number, to: number];

export interface SearchHit {
  sessionId: SessionId;
  /** The message; the first one of the conversation where the title was hit; null in an empty conversation. */
  messageId: MessageId | null;
  runtimeId: RuntimeId;
  constructId: ConstructId;
  title: string;
  role: Role;
  model?: string;
  /** Integer milliseconds UTC; absent where the source has none. */
  timestamp?: number;
  /** Higher is better; comparable within one answer only. */
  score: number;
  /** A stretch of the text around what was found, as it was written. */
  snippet: string;
  /** What to mark in the snippet, in order, without overlap. */
  marks: TextRange[];
  titleMarks: TextRange[];
  field: SearchField;
  /** False for a message of a branch that is not shown. */
  onActivePath: boolean;
  /** True where the conversation was put away. */
  archived?: boolean;
  foundBy: ("text" | "meaning")[];
}

export interface FacetCount {
  value: string;
  count: number;
}

/** How the hits are spread. Values without a hit are left out; the most frequent first. */
export interface SearchFacets {
  runtimes: FacetCount[];
  constructs: FacetCount[];
  roles: FacetCount[];
  models: FacetCount[];
  has: FacetCount[];
  fields: FacetCount[];
  /** Hits per month in UTC (`2024-03`), oldest first; what has no time is under `undated`. */
  months: FacetCount[];
  /** False when only the newest hits were counted. */
  exact: boolean;
}

export interface SearchAnswer {
  hits: SearchHit[];
  next?: string;
  /** Messages that fulfil the question; at least so many when `totalIsExact` is false. By words only. */
  total?: number;
  totalIsExact: boolean;
  /** How the hits are ordered: the newest come first where the words are too common to be ranked. */
  sort: SearchSort;
  /** How they were found: `text` where vectors are not there yet. */
  mode: SearchMode;
  /** Where not everything could be looked through: nothing older than this was. Integer milliseconds UTC. */
  searchedBackTo?: number;
  /** Conversations that changed and are not in the index yet; their hits may be missing. */
  pendingSessions: number;
  /** False while not everything has its vector, so that hits by meaning may be missing; absent where none were looked for. */
  meaningIsComplete?: boolean;
  facets?: SearchFacets;
  /** Other spellings that find something, when nothing was found; each a whole query. */
  suggestions?: string[];
  /** What of the query was taken as plain words although it looks like a condition, in words for people. */
  notices: string[];
  /** Milliseconds. */
  tookMs: number;
}

/** How far the index is. */
export interface SearchState {
  /** Messages and conversations in the index. */
  messages: number;
  sessions: number;
  /** Conversations that changed and are not in the index yet. */
  pendingSessions: number;
  state: "ready" | "building" | "failed";
  /** What went wrong, for people. */
  failure?: string;
  /** Bytes on disk. */
  bytes: number;
  meaning: MeaningState;
}

export interface MeaningState {
  /** `off`: switched off. `absent`: no embedder is there. */
  state: "off" | "absent" | "ready" | "building" | "paused" | "failed";
  failure?: string;
  /** Model, dimensions and version of the vectors, such as `minilm-l6-v2 384 1`. */
  model?: string;
  dimensions?: number;
  /** Chunks that have a vector, and chunks that are to have one. */
  chunks: number;
  pendingChunks: number;
}

/**
 * Makes vectors of texts. One model, one version, one number of dimensions: vectors of different ones never mix. Made by the
 * program that puts everything together, used by the store.
 */
export interface Embedder {
  /** Names the model for ever: `{name}@{version}`; vectors are kept under it. */
  readonly model: string;
  /** Who computes: `builtin` when absent. Said beside vectors that are kept. */
  readonly provider?: string;
  readonly dimensions: number;
  /** Longest text in tokens that it takes in; the rest is cut off. */
  readonly maxTokens: number;
  countTokens(text: string): number;
  /**
   * One vector of length 1 for each text, in order.
   * @throws {ChattyError} EMBEDDER_UNAVAILABLE, EMBEDDER_FAILED, or the signal's reason
   */
  embed(texts: readonly string[], kind: "query" | "document", signal?: AbortSignal): Promise<Float32Array[]>;
  close(): Promise<void>;
}
