import type { FastifyRequest } from "fastify";
import type { TSchema } from "typebox";
import Type from "typebox";
import { ApiError } from "../api/error.ts";
import type { HeaderSink } from "../security/page-headers.ts";
import { setHeaders } from "../security/page-headers.ts";

/** The answers of a route with the errors that any route can give. */
export function answers<Answers extends Record<number, TSchema>>(
  good: Answers,
): Answers & { "4xx": typeof ApiError; "5xx": typeof ApiError } {
  return { ...good, "4xx": ApiError, "5xx": ApiError };
}

/** Nothing but a status. */
export const Nothing = Type.Null({ description: "Nothing." });

/** Bytes or a stream, which no schema describes. */
export const Bytes = Type.Unsafe<unknown>({ type: "string", format: "binary" });

/** A path with an id in it. */
export const IdParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 4000 }) });

/** The header that names the revision which a change is meant for. */
export const IfMatchHeaders = Type.Object({
  "if-match": Type.Optional(Type.String({ maxLength: 1000, description: "Revision that was seen." })),
});

/** What `If-Match` asks for; `"…"`, `W/"…"` and the bare revision all do. */
export function changeOptions(request: FastifyRequest): { ifMatch?: string } {
  const header = request.headers["if-match"];
  if (header === undefined || header === "*") return {};
  return { ifMatch: /^(?:W\/)?"(.*)"$/.exec(header)?.[1] ?? header };
}

export function setRevision(reply: HeaderSink, revision: string): void {
  setHeaders(reply, { etag: `"${revision}"` });
}
