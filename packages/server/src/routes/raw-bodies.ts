import type { Readable } from "node:stream";
import fastifyMultipart from "@fastify/multipart";
import { ChattyError } from "@chatty/model";
import type { FastifyRequest } from "fastify";
import type { App } from "../server-context.ts";

/** A body as it comes, and what is known about it before it is read. */
export interface IncomingFile {
  name?: string;
  mime?: string;
  /** Bytes; absent where only the end tells. */
  size?: number;
  bytes: AsyncIterable<Uint8Array>;
}

/**
 * Adds routes whose bodies are streams: nothing is parsed, buffered or limited. The routes go into a space of their own, because
 * everywhere else only JSON is taken.
 */
export async function addRawRoutes(app: App, add: (raw: App) => void): Promise<void> {
  await app.register(async (raw: App) => {
    raw.removeAllContentTypeParsers();
    await raw.register(fastifyMultipart, {
      limits: { fileSize: Number.POSITIVE_INFINITY, files: 1, fields: 20, fieldSize: 10_000 },
      throwFileSizeLimit: false,
    });
    raw.addContentTypeParser("*", (_request, body, done) => done(null, body));
    add(raw);
  });
}

/** The file of a request: the first one of a form, or the body itself. @throws {ChattyError} REQUEST_INVALID */
export async function incomingFile(request: FastifyRequest): Promise<IncomingFile> {
  if (!request.isMultipart()) {
    const length = request.headers["content-length"];
    const mime = request.headers["content-type"];
    return {
      ...(mime === undefined ? {} : { mime }),
      ...(length === undefined ? {} : { size: Number(length) }),
      // Without a Content-Type no parser ran, and the request is the stream.
      bytes: bodyBytes((request.body as Readable | undefined | null) ?? request.raw),
    };
  }
  const part = await request.file();
  if (part === undefined) {
    throw new ChattyError("REQUEST_INVALID", "The form holds no file.", { hint: "Send one file." });
  }
  return {
    name: part.filename,
    mime: part.mimetype,
    bytes: bodyBytes(part.file),
  };
}

/** A body that ends with an error when its sender goes away in the middle. */
async function* bodyBytes(body: Readable): AsyncGenerator<Uint8Array> {
  // Not destroyed when nobody wants more: the connection is still needed to say why.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
}
