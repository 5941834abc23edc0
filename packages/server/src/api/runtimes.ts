import Type from "typebox";

export const Runtime = Type.Object({
  runtimeId: Type.String(),
  name: Type.String(),
  kind: Type.Union([Type.Literal("core"), Type.Literal("imported"), Type.Literal("custom")]),
  /** `chatgpt`, `claude` …; absent for runtimes that were not imported. */
  provider: Type.Optional(Type.String()),
  constructId: Type.String(),
  mode: Type.Union([Type.Literal("synth"), Type.Literal("lin")]),
  homeSessionId: Type.String(),
  homeSlug: Type.String(),
  conversationCount: Type.Integer(),
  messageCount: Type.Integer(),
  /** Integer milliseconds UTC, here and everywhere. */
  createdAt: Type.Integer(),
  active: Type.Boolean(),
  /** Times of the oldest and newest conversation; absent without dated ones. */
  firstAt: Type.Optional(Type.Integer()),
  lastAt: Type.Optional(Type.Integer()),
  /** Conversations per month, oldest first, for the sparkline of the card. */
  activity: Type.Optional(Type.Array(Type.Object({ month: Type.String(), count: Type.Integer() }))),
});
export type Runtime = Type.Static<typeof Runtime>;

export const RuntimeList = Type.Object({ runtimes: Type.Array(Runtime) });
export type RuntimeList = Type.Static<typeof RuntimeList>;

export const RuntimeSelected = Type.Object({
  runtimeId: Type.String(),
  homeSessionId: Type.String(),
  homeSlug: Type.String(),
});
export type RuntimeSelected = Type.Static<typeof RuntimeSelected>;

export const RuntimePatch = Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }) });
export type RuntimePatch = Type.Static<typeof RuntimePatch>;

/** `GET /api/runtimes/:id/active`: where the person was last in a runtime. */
export const ActiveSession = Type.Object({
  sessionId: Type.String(),
  /** It was kept; or it follows from the places that were left; or it is the home, because nothing else is known. */
  foundBy: Type.Union([Type.Literal("kept"), Type.Literal("place"), Type.Literal("home")]),
});
export type ActiveSession = Type.Static<typeof ActiveSession>;

/** `GET /api/runtimes/:id/homes`. Times are integer milliseconds UTC. */
export const HomeList = Type.Object({
  homes: Type.Array(
    Type.Object({
      sessionId: Type.String(),
      title: Type.String(),
      /** Absent where nothing is known of its beginning. */
      from: Type.Optional(Type.Integer()),
      /** Absent for the present home. */
      until: Type.Optional(Type.Integer()),
    }),
  ),
});
export type HomeList = Type.Static<typeof HomeList>;
