import { Readable } from "node:stream";
import { ChattyError } from "@chatty/model";
import type { FastifyReply, FastifyRequest } from "fastify";
import { fileContentPolicy } from "../../security/page-headers.ts";

/** What a browser may show or play by itself. Nothing that can carry a script: no SVG, no HTML, no XML. */
const inlineTypes = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "image/bmp",
  "audio/mpeg",
  "audio/mp4",
  "audio/aac",
  "audio/ogg",
  "audio/wav",
  "audio/x-wav",
  "audio/webm",
  "audio/flac",
  "video/mp4",
  "video/webm",
  "video/ogg",
  "video/quicktime",
  "application/pdf",
]);

const typeOfExtension: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  wav: "audio/wav",
  ogg: "audio/ogg",
  mp4: "video/mp4",
  webm: "video/webm",
  mov: "video/quicktime",
  pdf: "application/pdf",
};

export interface FileToSend {
  name: string;
  mime?: string | undefined;
  /** Bytes; without it no range is given. */
  size?: number | undefined;
  /** Opaque and never the same for other bytes. */
  etag?: string | undefined;
  /** Opened only when bytes are wanted. */
  bytes: AsyncIterable<Uint8Array>;
  isAttachment?: boolean;
}

/** Sends bytes that came from somebody else so that they can do nothing here. @throws {ChattyError} RANGE_REFUSED */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: FileToSend): FastifyReply {
  const type = safeType(file);
  const isInline = type !== undefined && file.isAttachment !== true;
  const headers: Record<string, string> = {
    "content-security-policy": fileContentPolicy,
    "content-disposition": disposition(isInline ? "inline" : "attachment", file.name),
    "cache-control": "private, no-cache",
    ...(file.etag === undefined ? {} : { etag: `"${file.etag}"` }),
    ...(file.size === undefined ? {} : { "accept-ranges": "bytes" }),
  };
  const answer = reply.headers(headers).type(isInline ? type : "application/octet-stream");
  if (file.etag !== undefined && request.headers["if-none-match"] === `"${file.etag}"`) {
    return answer.code(304).send();
  }
  if (file.size === undefined) return answer.send(Readable.from(file.bytes, { objectMode: false }));
  const range = rangeOf(request, file.size);
  if (range === undefined) {
    return answer.header("content-length", file.size).send(Readable.from(file.bytes, { objectMode: false }));
  }
  return answer
    .code(206)
    .header("content-range", `bytes ${range.from}-${range.to - 1}/${file.size}`)
    .header("content-length", range.to - range.from)
    .send(Readable.from(sliceOf(file.bytes, range.from, range.to), { objectMode: false }));
}

/** The type under which a browser may show it; undefined: it is only to be saved. */
function safeType({ name, mime }: FileToSend): string | undefined {
  const told = mime?.split(";")[0]?.trim().toLowerCase();
  const extension = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  const type = told === undefined || told === "application/octet-stream" ? typeOfExtension[extension] : told;
  return type !== undefined && inlineTypes.has(type) ? type : undefined;
}

/** RFC 6266: a plain name for everybody, and the exact one in UTF-8. */
export function disposition(kind: "inline" | "attachment", name: string): string {
  const whole = name
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f]/g, " ")
    .slice(0, 200);
  const plain = whole.replace(/[^\x20-\x7e]|["\\%/]/g, "_");
  const exact = encodeURIComponent(whole.toWellFormed()).replace(/['()*]/g, (found) => {
    return `%${found.charCodeAt(0).toString(16).toUpperCase()}`;
  });
  return `${kind}; filename="${plain}"; filename*=UTF-8''${exact}`;
}

interface ByteRange {
  from: number;
  /** Exclusive. */
  to: number;
}

/** One range; several at once are answered with the whole, as the standard allows. */
function rangeOf(request: FastifyRequest, size: number): ByteRange | undefined {
  const { range } = request.headers;
  const found = /^bytes=(\d*)-(\d*)$/.exec(range ?? "");
  const [, first = "", last = ""] = found ?? [];
  if (found === null || (first === "" && last === "")) return undefined;
  const from = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (from < to && from < size) return { from, to };
  throw new ChattyError("RANGE_REFUSED", "The file has no such bytes.", {
    hint: `It has ${size} bytes.`,
    where: { size },
  });
}

async function* sliceOf(
  bytes: AsyncIterable<Uint8Array>,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of bytes) {
    const piece = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at));
    at += chunk.length;
    if (piece.length > 0) yield piece;
    if (at >= to) return;
  }
}
