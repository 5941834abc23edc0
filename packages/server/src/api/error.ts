import Type from "typebox";

/** What every refused or failed request answers. Codes are stable; see the error table of the documentation. */
export const ApiError = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    hint: Type.Optional(Type.String()),
    where: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  }),
});
export type ApiError = Type.Static<typeof ApiError>;
