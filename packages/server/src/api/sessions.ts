import Type from "typebox";

/** A conversation as lists show it; never with bodies. */
export const Session = Type.Object({
  sessionId: Type.String(),
  /** Every other spelling that finds it; the home slug first. */
  aliases: Type.Array(Type.String()),
  runtimeId: Type.String(),
  constructId: Type.String(),
  title: Type.String(),
  /** Null where the source has no time. */
  createdAt: Type.Union([Type.Integer(), Type.Null()]),
  updatedAt: Type.Union([Type.Integer(), Type.Null()]),
  messageCount: Type.Integer(),
  imported: Type.Boolean(),
  home: Type.Boolean(),
  starred: Type.Boolean(),
  archived: Type.Boolean(),
  deleted: Type.Boolean(),
  /** Changes with every change of the session; what `If-Match` names. */
  revision: Type.String(),
});
export type Session = Type.Static<typeof Session>;

export const SessionPage = Type.Object({
  sessions: Type.Array(Session),
  next: Type.Optional(Type.String()),
});
export type SessionPage = Type.Static<typeof SessionPage>;

/** `GET /api/sessions`. */
export const SessionQuery = Type.Object({
  runtime: Type.Optional(Type.String()),
  after: Type.Optional(Type.String()),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
  starred: Type.Optional(Type.Boolean()),
  archived: Type.Optional(Type.Boolean()),
  deleted: Type.Optional(Type.Boolean()),
  /** Only native or only imported ones. */
  kind: Type.Optional(Type.Union([Type.Literal("native"), Type.Literal("imported")])),
  /** Calendar year and month (1 to 12) of the last change, in UTC; `year=0` means undated. */
  year: Type.Optional(Type.Integer({ minimum: 0, maximum: 9999 })),
  month: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
  /** Words that the title must have, in any case. */
  title: Type.Optional(Type.String({ maxLength: 200 })),
});
export type SessionQuery = Type.Static<typeof SessionQuery>;

/** `GET /api/sessions/months?runtime`: how many imported conversations each month has, newest first; `year` 0 is undated. */
export const SessionMonths = Type.Object({
  months: Type.Array(Type.Object({ year: Type.Integer(), month: Type.Integer(), count: Type.Integer() })),
});
export type SessionMonths = Type.Static<typeof SessionMonths>;

/** One session in full: with where it comes from and what continues it. */
export const SessionDetail = Type.Intersect([
  Session,
  Type.Object({
    source: Type.Optional(Type.String()),
    sourceId: Type.Optional(Type.String()),
    /** The conversation that this one continues. */
    forkedFrom: Type.Optional(
      Type.Object({
        sessionId: Type.String(),
        messageId: Type.Optional(Type.String()),
        title: Type.String(),
        imported: Type.Boolean(),
      }),
    ),
    /** Conversations that continue this one, oldest first. */
    forks: Type.Array(Type.Object({ sessionId: Type.String(), title: Type.String() })),
    draft: Type.Optional(Type.Object({ text: Type.String(), updatedAt: Type.Integer() })),
    /** Where this person left the conversation. */
    view: Type.Optional(
      Type.Object({ anchorId: Type.Optional(Type.String()), throughId: Type.Optional(Type.String()) }),
    ),
    /** True while an answer is being generated. */
    generating: Type.Boolean(),
  }),
]);
export type SessionDetail = Type.Static<typeof SessionDetail>;

export const NewSession = Type.Object({
  id: Type.Optional(Type.String()),
  runtime: Type.Optional(Type.String()),
  title: Type.Optional(Type.String({ maxLength: 2000 })),
});
export type NewSession = Type.Static<typeof NewSession>;

export const SessionPatch = Type.Object({
  title: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })),
  starred: Type.Optional(Type.Boolean()),
  archived: Type.Optional(Type.Boolean()),
  /** Makes it the home of its runtime. */
  home: Type.Optional(Type.Literal(true)),
});
export type SessionPatch = Type.Static<typeof SessionPatch>;

export const ForkRequest = Type.Object({
  id: Type.Optional(Type.String()),
  /** The last message that is taken along; the end of the active path when absent. */
  at: Type.Optional(Type.String()),
  runtime: Type.Optional(Type.String()),
});
export type ForkRequest = Type.Static<typeof ForkRequest>;

/** `GET /api/trash`: what was deleted and can be brought back, newest first. */
export const TrashList = Type.Object({
  entries: Type.Array(
    Type.Object({
      kind: Type.Union([Type.Literal("session"), Type.Literal("runtime")]),
      sessionId: Type.Optional(Type.String()),
      runtimeId: Type.String(),
      title: Type.String(),
      imported: Type.Boolean(),
      messageCount: Type.Integer(),
      deletedAt: Type.Integer(),
      /** When it goes for good; absent when it stays. */
      until: Type.Optional(Type.Integer()),
    }),
  ),
});
export type TrashList = Type.Static<typeof TrashList>;

export const DraftRequest = Type.Object({
  text: Type.String({ maxLength: 1_000_000 }),
  /** The draft that this one was written over; with another one there nothing is changed: DRAFT_CHANGED. */
  base: Type.Optional(Type.String({ maxLength: 1_000_000 })),
});
export type DraftRequest = Type.Static<typeof DraftRequest>;

export const ViewRequest = Type.Object({
  anchorId: Type.Optional(Type.String()),
  throughId: Type.Optional(Type.String()),
});
export type ViewRequest = Type.Static<typeof ViewRequest>;

/** `GET /api/vvault/conversations` and `GET /api/import/runtime/:id/conversations`. */
export const Conversation = Type.Object({
  sessionId: Type.String(),
  title: Type.String(),
  constructId: Type.String(),
  runtimeId: Type.String(),
  isPrimary: Type.Boolean(),
  canonicalForRuntime: Type.Optional(Type.String()),
  imported: Type.Optional(Type.Literal(true)),
  createdAt: Type.Union([Type.Integer(), Type.Null()]),
  updatedAt: Type.Union([Type.Integer(), Type.Null()]),
  messageCount: Type.Integer(),
});
export type Conversation = Type.Static<typeof Conversation>;

export const ConversationPage = Type.Object({
  conversations: Type.Array(Conversation),
  next: Type.Optional(Type.String()),
});
export type ConversationPage = Type.Static<typeof ConversationPage>;
