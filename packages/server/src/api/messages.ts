import type { Part } from "@chatty/model";
import Type from "typebox";

const Role = Type.Union([
  Type.Literal("user"),
  Type.Literal("assistant"),
  Type.Literal("system"),
  Type.Literal("tool"),
]);

/** One message of a window. `parts` are those of the model package (`Part`). */
export const Message = Type.Object({
  id: Type.String(),
  parentId: Type.Union([Type.String(), Type.Null()]),
  role: Role,
  content: Type.String(),
  timestamp: Type.Optional(Type.Integer()),
  timestampSource: Type.String(),
  model: Type.Optional(Type.String()),
  author: Type.Optional(Type.String()),
  hidden: Type.Boolean(),
  parts: Type.Array(Type.Unsafe<Part>(Type.Object({ kind: Type.String() }, { additionalProperties: true }))),
  sourceId: Type.Optional(Type.String()),
  runtimeId: Type.Optional(Type.String()),
  constructId: Type.Optional(Type.String()),
  revisions: Type.Optional(Type.Integer()),
  /** An answer of which only a checkpoint was written: it is being generated, or was cut off. */
  partial: Type.Optional(Type.Boolean()),
  flags: Type.Optional(Type.Array(Type.String())),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  /** Position on the path, from 0. */
  index: Type.Integer(),
  /** Which of the branches at this place it begins. `ids` are those of all of them, in order. */
  siblings: Type.Object({ position: Type.Integer(), ids: Type.Array(Type.String()) }),
  /** Belongs to the conversation that this one continues. */
  past: Type.Optional(Type.Boolean()),
});
export type Message = Type.Static<typeof Message>;

/**
 * `GET /api/sessions/:id/messages`. One of `around`, `before`, `after` (message ids) or `at` (an index) says where; the end of the
 * path when none does.
 */
export const MessageQuery = Type.Object({
  around: Type.Optional(Type.String()),
  before: Type.Optional(Type.String()),
  after: Type.Optional(Type.String()),
  at: Type.Optional(Type.Integer({ minimum: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 60 })),
  path: Type.Optional(Type.Union([Type.Literal("active"), Type.Literal("all")])),
  /** The path that goes through this message, and on from it along the newest branches. */
  through: Type.Optional(Type.String()),
  /** The conversation as it was then. */
  asOf: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type MessageQuery = Type.Static<typeof MessageQuery>;

export const MessageWindow = Type.Object({
  messages: Type.Array(Message),
  /** Index of the first of them, and how many the path has. */
  from: Type.Integer(),
  total: Type.Integer(),
  /** Last message of the path. */
  leafId: Type.Union([Type.String(), Type.Null()]),
  revision: Type.String(),
});
export type MessageWindow = Type.Static<typeof MessageWindow>;

/** `GET /api/sessions/:id/outline`: the person's own messages of the path, shortened, for the outline of a long conversation. */
export const Outline = Type.Object({
  entries: Type.Array(
    Type.Object({
      id: Type.String(),
      index: Type.Integer(),
      text: Type.String(),
      timestamp: Type.Optional(Type.Integer()),
    }),
  ),
  total: Type.Integer(),
  /** 1 when all of them are there; n when every n-th is, because there are very many. */
  every: Type.Integer(),
});
export type Outline = Type.Static<typeof Outline>;

/** How an answer is to be made. */
export const GenerateRequest = Type.Object({
  /** Id that the answer will have; made by the asker, so that a repeat is harmless. */
  id: Type.Optional(Type.String()),
  /** `{providerId}/{model}`; what the settings say when absent. */
  model: Type.Optional(Type.String()),
  /** Under which runtime or construct to answer; the session's own when absent. */
  runtimeId: Type.Optional(Type.String()),
  constructId: Type.Optional(Type.String()),
});
export type GenerateRequest = Type.Static<typeof GenerateRequest>;

/** `POST /api/sessions/:id/messages`. */
export const NewMessage = Type.Object({
  id: Type.Optional(Type.String()),
  role: Role,
  content: Type.String(),
  /** Absent: the end of the active path. Null: a new root. A message's parent: a branch beside it. */
  parentId: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  /** `sha256:…` of files that were uploaded with `POST /api/files`. */
  files: Type.Optional(Type.Array(Type.String())),
  generate: Type.Optional(GenerateRequest),
});
export type NewMessage = Type.Static<typeof NewMessage>;

/** `PATCH /api/sessions/:id/messages/:messageId`: another text for the message; the former ones stay in the journal. */
export const MessagePatch = Type.Object({ content: Type.String({ minLength: 1 }) });
export type MessagePatch = Type.Static<typeof MessagePatch>;

export const MessageAppended = Type.Object({
  sessionId: Type.String(),
  messageId: Type.String(),
  seq: Type.Integer(),
  hash: Type.String(),
  /** When an answer was asked for: its id. Follow it at `/api/sessions/:id/generation`. */
  answerId: Type.Optional(Type.String()),
});
export type MessageAppended = Type.Static<typeof MessageAppended>;

/** `POST /api/sessions/:id/generation`: answers a message anew (a branch beside the earlier answers), or goes on with a cut one. */
export const RegenerateRequest = Type.Intersect([
  GenerateRequest,
  Type.Object({
    /** The message to answer; the end of the active path when absent. */
    parentId: Type.Optional(Type.String()),
    /** A cut answer that is to be continued: the new answer begins with its text. */
    continues: Type.Optional(Type.String()),
  }),
]);
export type RegenerateRequest = Type.Static<typeof RegenerateRequest>;

/** Why an answer failed, so that the page can offer the right thing. */
export const GenerationFailure = Type.Object({
  code: Type.Union([
    Type.Literal("NO_PROVIDER"),
    Type.Literal("KEY_REFUSED"),
    Type.Literal("MODEL_UNKNOWN"),
    Type.Literal("RATE_LIMITED"),
    Type.Literal("CONTEXT_TOO_LONG"),
    Type.Literal("CONNECTION_CUT"),
    Type.Literal("PROVIDER_DOWN"),
    Type.Literal("PROVIDER_ERROR"),
    Type.Literal("STORAGE_FAILED"),
  ]),
  message: Type.String(),
  hint: Type.Optional(Type.String()),
  /** Seconds after which it may be tried again. */
  retryAfter: Type.Optional(Type.Number()),
});
export type GenerationFailure = Type.Static<typeof GenerationFailure>;

/**
 * Events of `GET /api/sessions/:id/generation` (SSE; `id:` rises from 1, `data:` is this). A reader that comes later, or with
 * `Last-Event-ID`, first gets one `state` with everything so far. 204 when nothing is being generated.
 */
export const GenerationEvent = Type.Union([
  Type.Object({
    type: Type.Literal("state"),
    answerId: Type.String(),
    parentId: Type.Union([Type.String(), Type.Null()]),
    model: Type.String(),
    startedAt: Type.Integer(),
    text: Type.String(),
    thinking: Type.String(),
    parts: Type.Array(
      Type.Unsafe<Part>(Type.Object({ kind: Type.String() }, { additionalProperties: true })),
    ),
  }),
  Type.Object({ type: Type.Literal("text"), text: Type.String() }),
  Type.Object({ type: Type.Literal("thinking"), text: Type.String() }),
  Type.Object({
    type: Type.Literal("part"),
    part: Type.Unsafe<Part>(Type.Object({ kind: Type.String() }, { additionalProperties: true })),
  }),
  /** The answer is durable, whole or as far as it came. */
  Type.Object({
    type: Type.Literal("done"),
    messageId: Type.String(),
    stopped: Type.Boolean(),
    failure: Type.Optional(GenerationFailure),
  }),
]);
export type GenerationEvent = Type.Static<typeof GenerationEvent>;
