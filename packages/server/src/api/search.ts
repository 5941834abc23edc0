import Type from "typebox";

export const SearchMode = Type.Union([
  Type.Literal("text"),
  Type.Literal("semantic"),
  Type.Literal("hybrid"),
]);
export type SearchMode = Type.Static<typeof SearchMode>;

export const SearchSort = Type.Union([Type.Literal("best"), Type.Literal("newest")]);
export type SearchSort = Type.Static<typeof SearchSort>;

const Role = Type.Union([
  Type.Literal("user"),
  Type.Literal("assistant"),
  Type.Literal("system"),
  Type.Literal("tool"),
]);

export const SearchField = Type.Union([
  Type.Literal("text"),
  Type.Literal("title"),
  Type.Literal("thinking"),
  Type.Literal("tool"),
  Type.Literal("file"),
]);
export type SearchField = Type.Static<typeof SearchField>;

export const SearchFeature = Type.Union([
  Type.Literal("image"),
  Type.Literal("audio"),
  Type.Literal("video"),
  Type.Literal("file"),
  Type.Literal("code"),
  Type.Literal("link"),
  Type.Literal("citation"),
  Type.Literal("thinking"),
  Type.Literal("tool"),
]);
export type SearchFeature = Type.Static<typeof SearchFeature>;

export const SearchMark = Type.Union([
  Type.Literal("starred"),
  Type.Literal("archived"),
  Type.Literal("home"),
  Type.Literal("imported"),
  Type.Literal("native"),
  Type.Literal("active"),
  Type.Literal("hidden"),
]);
export type SearchMark = Type.Static<typeof SearchMark>;

/** Any id or alias, once or several times; any of them suffices. */
const Names = Type.Array(Type.String({ minLength: 1, maxLength: 400 }), { maxItems: 100 });
/** ISO 8601, a date (its whole UTC day) or milliseconds. */
const Time = Type.String({ minLength: 1, maxLength: 60 });

/** What is looked for; the same for the page of hits, for their export and for the command line. */
const question = {
  /** In the query language; may be empty when something else is given: then the newest come first. */
  q: Type.Optional(Type.String({ maxLength: 4000 })),
  runtime: Type.Optional(Names),
  construct: Type.Optional(Names),
  role: Type.Optional(Type.Array(Role, { maxItems: 4 })),
  /** As the source names it; `gpt-4*` stands for every name that begins so. */
  model: Type.Optional(Names),
  /** Inclusive. */
  from: Type.Optional(Time),
  /** A date includes its day; an instant is the first that is too late. */
  to: Type.Optional(Time),
  has: Type.Optional(Type.Array(SearchFeature, { maxItems: 9 })),
  in: Type.Optional(Type.Array(SearchField, { maxItems: 5 })),
  /** Several are all asked for; of every other condition any value suffices. */
  is: Type.Optional(Type.Array(SearchMark, { maxItems: 7 })),
  session: Type.Optional(Names),
  /** `hybrid` when absent. */
  mode: Type.Optional(SearchMode),
  /** `best` when absent. */
  sort: Type.Optional(SearchSort),
};

/** `GET /api/search`. A name that is none of these is refused: a condition that is not understood would find too much. */
export const SearchQuery = Type.Object(
  {
    ...question,
    /** 20 when absent. */
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
    /** `next` of an earlier answer to the same question. */
    after: Type.Optional(Type.String({ minLength: 1, maxLength: 4000 })),
    /** Counts and a histogram as well. */
    facets: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type SearchQuery = Type.Static<typeof SearchQuery>;

/** `GET /api/search/export`: every hit of a question, as a file. */
export const SearchExportQuery = Type.Object(
  {
    ...question,
    /** `json` when absent. */
    format: Type.Optional(Type.Union([Type.Literal("json"), Type.Literal("csv"), Type.Literal("md")])),
  },
  { additionalProperties: false },
);
export type SearchExportQuery = Type.Static<typeof SearchExportQuery>;

/** `GET /api/search/similar`: what says the same as a message. */
export const SimilarQuery = Type.Object(
  {
    session: Type.String({ minLength: 1, maxLength: 400 }),
    message: Type.String({ minLength: 1, maxLength: 400 }),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  { additionalProperties: false },
);
export type SimilarQuery = Type.Static<typeof SimilarQuery>;

/** Stretches in UTF-16 units, the end exclusive. */
const Marks = Type.Array(Type.Tuple([Type.Integer(), Type.Integer()]));

export const SearchHit = Type.Object({
  sessionId: Type.String(),
  /** The message; the first one of the conversation where the title was hit; null in an empty conversation. */
  messageId: Type.Union([Type.String(), Type.Null()]),
  runtimeId: Type.String(),
  constructId: Type.String(),
  title: Type.String(),
  role: Role,
  model: Type.Optional(Type.String()),
  /** Integer milliseconds UTC; absent where the source has none. */
  timestamp: Type.Optional(Type.Integer()),
  /** Higher is better; comparable within one answer only. */
  score: Type.Number(),
  /** A stretch of the text around what was found, as it was written. */
  snippet: Type.String(),
  /** What to mark in the snippet, in order, without overlap. */
  marks: Marks,
  titleMarks: Marks,
  field: SearchField,
  /** False for a message of a branch that is not shown. */
  onActivePath: Type.Boolean(),
  /** True where the conversation was put away. */
  archived: Type.Optional(Type.Boolean()),
  foundBy: Type.Array(Type.Union([Type.Literal("text"), Type.Literal("meaning")])),
});
export type SearchHit = Type.Static<typeof SearchHit>;

const Counts = Type.Array(Type.Object({ value: Type.String(), count: Type.Integer() }));

/** How the hits are spread; the most frequent first, months (`2024-03`, `undated`) oldest first. */
export const SearchFacets = Type.Object({
  runtimes: Counts,
  constructs: Counts,
  roles: Counts,
  models: Counts,
  has: Counts,
  fields: Counts,
  months: Counts,
  /** False when only the newest hits were counted. */
  exact: Type.Boolean(),
});
export type SearchFacets = Type.Static<typeof SearchFacets>;

export const SearchAnswer = Type.Object({
  hits: Type.Array(SearchHit),
  next: Type.Optional(Type.String()),
  /** Messages that fulfil the question; at least so many when `totalIsExact` is false. By words only. */
  total: Type.Optional(Type.Integer()),
  totalIsExact: Type.Boolean(),
  /** How the hits are ordered: the newest come first where the words are too common to be ranked. */
  sort: SearchSort,
  /** How they were found: `text` where vectors are not there yet. */
  mode: SearchMode,
  /** Where not everything could be looked through: nothing older than this was. Integer milliseconds UTC. */
  searchedBackTo: Type.Optional(Type.Integer()),
  /** Conversations that changed and are not in the index yet; their hits may be missing. */
  pendingSessions: Type.Integer(),
  /** False while not everything has its vector, so that hits by meaning may be missing; absent where none were looked for. */
  meaningIsComplete: Type.Optional(Type.Boolean()),
  facets: Type.Optional(SearchFacets),
  /** Other spellings that find something, when nothing was found; each a whole query. */
  suggestions: Type.Optional(Type.Array(Type.String())),
  /** What of the query was taken as plain words although it looks like a condition, in words for people. */
  notices: Type.Array(Type.String()),
  /** Milliseconds. */
  tookMs: Type.Number(),
});
export type SearchAnswer = Type.Static<typeof SearchAnswer>;

/** `GET /api/search/state` and the event `search_state`: how far the index is. */
export const SearchState = Type.Object({
  messages: Type.Integer(),
  sessions: Type.Integer(),
  /** Conversations that changed and are not in the index yet. */
  pendingSessions: Type.Integer(),
  state: Type.Union([Type.Literal("ready"), Type.Literal("building"), Type.Literal("failed")]),
  /** What went wrong, for people. */
  failure: Type.Optional(Type.String()),
  /** Bytes on disk. */
  bytes: Type.Integer(),
  meaning: Type.Object({
    /** `off`: switched off. `absent`: no embedder is there. */
    state: Type.Union([
      Type.Literal("off"),
      Type.Literal("absent"),
      Type.Literal("ready"),
      Type.Literal("building"),
      Type.Literal("paused"),
      Type.Literal("failed"),
    ]),
    failure: Type.Optional(Type.String()),
    /** Model, dimensions and version of the vectors. */
    model: Type.Optional(Type.String()),
    dimensions: Type.Optional(Type.Integer()),
    /** Chunks that have a vector, and chunks that are to have one. */
    chunks: Type.Integer(),
    pendingChunks: Type.Integer(),
  }),
});
export type SearchState = Type.Static<typeof SearchState>;
