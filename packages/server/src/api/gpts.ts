import type { JsonObject } from "@chatty/model";
import Type from "typebox";

const AnyObject = Type.Unsafe<JsonObject>(Type.Object({}, { additionalProperties: true }));

const editable = {
  name: Type.String({ minLength: 1, maxLength: 200 }),
  description: Type.Optional(Type.String({ maxLength: 10_000 })),
  instructions: Type.Optional(Type.String({ maxLength: 1_000_000 })),
  conversationStarters: Type.Optional(Type.Array(Type.String({ maxLength: 2000 }), { maxItems: 50 })),
  avatar: Type.Optional(Type.String({ maxLength: 2_000_000 })),
  capabilities: Type.Optional(AnyObject),
  modelId: Type.Optional(Type.String({ maxLength: 300 })),
  conversationModel: Type.Optional(Type.String({ maxLength: 300 })),
  creativeModel: Type.Optional(Type.String({ maxLength: 300 })),
  codingModel: Type.Optional(Type.String({ maxLength: 300 })),
  orchestrationMode: Type.Optional(Type.Union([Type.Literal("synth"), Type.Literal("lin")])),
};

/** `POST /api/gpts`. */
export const NewGpt = Type.Object({
  ...editable,
  /** `{slug}-{NNN}`; made from the name when absent. */
  constructId: Type.Optional(Type.String()),
  /** False: no runtime and no home of its own. */
  runtime: Type.Optional(Type.Boolean()),
});
export type NewGpt = Type.Static<typeof NewGpt>;

/** `PUT /api/gpts/:id`: what is absent stays as it is. */
export const GptPatch = Type.Partial(Type.Object(editable));
export type GptPatch = Type.Static<typeof GptPatch>;

/** A construct's configuration. */
export const Gpt = Type.Object({
  id: Type.String(),
  constructId: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  instructions: Type.Optional(Type.String()),
  conversationStarters: Type.Array(Type.String()),
  avatar: Type.Optional(Type.String()),
  capabilities: AnyObject,
  modelId: Type.String(),
  conversationModel: Type.Optional(Type.String()),
  creativeModel: Type.Optional(Type.String()),
  codingModel: Type.Optional(Type.String()),
  orchestrationMode: Type.String(),
  active: Type.Boolean(),
  createdAt: Type.Integer(),
  updatedAt: Type.Integer(),
  /** Number of its newest version. */
  version: Type.Integer(),
  runtimeId: Type.Optional(Type.String()),
  homeSessionId: Type.Optional(Type.String()),
});
export type Gpt = Type.Static<typeof Gpt>;

export const GptList = Type.Object({ gpts: Type.Array(Gpt) });
export type GptList = Type.Static<typeof GptList>;

export const GptFile = Type.Object({
  fileId: Type.String(),
  name: Type.String(),
  mime: Type.String(),
  size: Type.Integer(),
  uploadedAt: Type.Integer(),
});
export const GptFileList = Type.Object({ files: Type.Array(GptFile) });
export type GptFileList = Type.Static<typeof GptFileList>;

export const GptActionDraft = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  description: Type.Optional(Type.String({ maxLength: 10_000 })),
  url: Type.String({ minLength: 1, maxLength: 4000 }),
  method: Type.Optional(Type.String({ maxLength: 10 })),
  headers: Type.Optional(AnyObject),
  parameters: Type.Optional(AnyObject),
});
export type GptActionDraft = Type.Static<typeof GptActionDraft>;

export const GptAction = Type.Object({
  actionId: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  url: Type.String(),
  method: Type.String(),
  headers: AnyObject,
  parameters: AnyObject,
  createdAt: Type.Integer(),
});
export const GptActionList = Type.Object({ actions: Type.Array(GptAction) });
export type GptActionList = Type.Static<typeof GptActionList>;

export const GptVersionList = Type.Object({
  versions: Type.Array(
    Type.Object({ version: Type.Integer(), snapshot: AnyObject, createdAt: Type.Integer() }),
  ),
});
export type GptVersionList = Type.Static<typeof GptVersionList>;

/** `POST /api/gpts/:id/undo`. */
export const GptUndo = Type.Object({
  /** `undo` when absent. */
  direction: Type.Optional(Type.Union([Type.Literal("undo"), Type.Literal("redo")])),
});
export type GptUndo = Type.Static<typeof GptUndo>;

/** The construct as it is after that; null when it is deleted now. */
export const GptUndone = Type.Object({ gpt: Type.Union([Gpt, Type.Null()]) });
export type GptUndone = Type.Static<typeof GptUndone>;
