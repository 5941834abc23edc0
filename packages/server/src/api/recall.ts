import Type from "typebox";

/** `GET,PUT /api/sessions/:id/recall`: whether earlier conversations are looked through for answers in this one. */
export const RecallState = Type.Object({
  on: Type.Boolean(),
  /**
   * `conversation`: it was switched here. `settings`: what the settings say. `elsewhere`: the model does not run on this machine, and nobody
   * said that earlier conversations may go there.
   */
  because: Type.Union([Type.Literal("conversation"), Type.Literal("settings"), Type.Literal("elsewhere")]),
  /** What was switched for this conversation; null when it follows the settings. */
  own: Type.Union([Type.Boolean(), Type.Null()]),
});
export type RecallState = Type.Static<typeof RecallState>;

export const RecallPatch = Type.Object({ on: Type.Union([Type.Boolean(), Type.Null()]) });
export type RecallPatch = Type.Static<typeof RecallPatch>;

/** A passage of an earlier conversation that an answer was made with. */
export const RecalledPassage = Type.Object({
  /** What the model may have cited it as, from 1. */
  number: Type.Integer(),
  sessionId: Type.String(),
  /** The message that was found; opening the passage leads to it. */
  messageId: Type.String(),
  runtimeId: Type.String(),
  /** Name of the runtime; absent when it is gone. */
  runtime: Type.Optional(Type.String()),
  title: Type.Optional(Type.String()),
  timestamp: Type.Optional(Type.Integer()),
  score: Type.Number(),
  /** Words of the message that stand in it, and `meaning` where its sense was alike. */
  why: Type.Array(Type.String()),
  /**
   * `same`: `text` is what the model was given, to the letter. `changed`: the messages have another text by now. `deleted`: its conversation
   * was deleted and can be restored. `gone`: it is there no more.
   */
  state: Type.Union([
    Type.Literal("same"),
    Type.Literal("changed"),
    Type.Literal("deleted"),
    Type.Literal("gone"),
  ]),
  text: Type.Optional(Type.String()),
});
export type RecalledPassage = Type.Static<typeof RecalledPassage>;

/** `GET /api/sessions/:id/messages/:messageId/recalled` */
export const RecalledList = Type.Object({
  passages: Type.Array(RecalledPassage),
  /** Integer milliseconds UTC, and how long the looking took; absent when nothing was recalled. */
  at: Type.Optional(Type.Integer()),
  tookMs: Type.Optional(Type.Number()),
});
export type RecalledList = Type.Static<typeof RecalledList>;

const SummaryPoint = Type.Object({
  text: Type.String(),
  sessionId: Type.String(),
  messageId: Type.String(),
  kind: Type.Union([Type.Literal("opening"), Type.Literal("point"), Type.Literal("decision")]),
});

const content = {
  /** `extractive`: sentences of the conversation, word for word. `model`: a model wrote it. */
  method: Type.Union([Type.Literal("extractive"), Type.Literal("model")]),
  /** `{providerId}/{model}`; there exactly when a model wrote it. */
  model: Type.Optional(Type.String()),
  text: Type.String(),
  points: Type.Array(SummaryPoint),
  /** Integer milliseconds UTC. */
  madeAt: Type.Integer(),
};

/** `GET,POST /api/sessions/:id/summary` */
export const Summary = Type.Object({
  sessionId: Type.String(),
  ...content,
  /** It is in a file of its own. */
  isKept: Type.Boolean(),
  /** Something was said or changed since it was made. */
  isOutdated: Type.Boolean(),
});
export type Summary = Type.Static<typeof Summary>;

/** Asks for a new summary; with a model only when one is named or set, and only then is anything sent to it. */
export const SummaryRequest = Type.Object({
  method: Type.Union([Type.Literal("extractive"), Type.Literal("model")]),
  model: Type.Optional(Type.String({ maxLength: 1000 })),
});
export type SummaryRequest = Type.Static<typeof SummaryRequest>;

/** `GET,POST /api/summaries/:period`: a day (`2024-03-12`) or a month (`2024-03`) in UTC. */
export const PeriodSummary = Type.Object({
  period: Type.String(),
  ...content,
  isKept: Type.Boolean(),
  /** False when there was more in the period than is looked through. */
  isWhole: Type.Boolean(),
  conversations: Type.Array(
    Type.Object({
      sessionId: Type.String(),
      runtimeId: Type.String(),
      title: Type.String(),
      messages: Type.Integer(),
    }),
  ),
});
export type PeriodSummary = Type.Static<typeof PeriodSummary>;
