import Type from "typebox";

/** `POST /api/files` (body: the bytes; `?name=`, `Content-Type`). */
export const UploadedFile = Type.Object({
  /** `sha256:` and 64 hexadecimal digits. */
  fileId: Type.String(),
  name: Type.String(),
  mime: Type.String(),
  size: Type.Integer(),
});
export type UploadedFile = Type.Static<typeof UploadedFile>;
