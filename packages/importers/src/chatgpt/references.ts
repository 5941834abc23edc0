import { isJsonObject } from "@chatty/model";
import type { CitationPart, FilePart, JsonObject, JsonValue, Part, SourceAttachment } from "@chatty/model";
import {
  arrayOf,
  defined,
  filledTextOf,
  idOf,
  numberOf,
  objectOf,
  objectsOf,
  sizeOf,
} from "../json-fields.ts";

/**
 * Adds to a message's parts what its metadata points at: uploads and citations. Neither carries text, so the message's
 * own words stay what they are. An upload that a part shows already gives that part its name.
 */
export function addReferences(parts: Part[], metadata: JsonObject): void {
  for (const attachment of objectsOf(metadata["attachments"])) addAttachment(parts, attachment);
  const seen = new Set<string>();
  for (const citation of [...oldCitations(metadata), ...contentReferences(metadata)]) {
    const key = JSON.stringify([citation.url, citation.title, citation.from, citation.to]);
    if (seen.has(key)) continue;
    seen.add(key);
    parts.push(citation);
  }
}

/** The files that parts point at, each once, in the order they are met. */
export function collectAttachments(attachments: Map<string, SourceAttachment>, parts: readonly Part[]): void {
  for (const part of parts) {
    if (!isFilePart(part) || part.fileId === undefined) continue;
    const known = attachments.get(part.fileId);
    const { fileId, pointer, name, mime, size } = part;
    const described = defined({ pointer, name, mime, size });
    attachments.set(fileId, { fileId, ...described, ...known });
  }
}

/** True for parts that point at a file. */
export function isFilePart(part: Part): part is FilePart {
  return part.kind === "image" || part.kind === "audio" || part.kind === "video" || part.kind === "file";
}

function addAttachment(parts: Part[], attachment: JsonObject): void {
  const fileId = idOf(attachment["id"]) ?? idOf(attachment["file_id"]);
  const name = filledTextOf(attachment["name"]);
  const mime = filledTextOf(attachment["mime_type"]) ?? filledTextOf(attachment["mimeType"]);
  const size = sizeOf(attachment["size"]);
  const shown = parts.filter(
    (part) => isFilePart(part) && part.fileId !== undefined && part.fileId === fileId,
  );
  for (const part of shown as FilePart[]) {
    if (name !== undefined) part.name ??= name;
    if (mime !== undefined) part.mime ??= mime;
    if (size !== undefined) part.size ??= size;
  }
  if (shown.length > 0) return;
  parts.push({ kind: kindOfMime(mime), ...defined({ fileId, name, mime, size }) });
}

function kindOfMime(mime: string | undefined): FilePart["kind"] {
  const family = mime?.slice(0, mime.indexOf("/"));
  return family === "image" || family === "audio" || family === "video" ? family : "file";
}

/** `citations`: the form of browsing and of files before content references. */
function oldCitations(metadata: JsonObject): CitationPart[] {
  return objectsOf(metadata["citations"]).map((citation) => {
    const about = objectOf(citation["metadata"]);
    return citationPart(
      filledTextOf(about["url"]) ?? filledTextOf(citation["url"]),
      filledTextOf(about["title"]) ?? filledTextOf(about["name"]) ?? filledTextOf(citation["title"]),
      numberOf(citation["start_ix"]),
      numberOf(citation["end_ix"]),
    );
  });
}

/** `content_references`: groups of pages have no address of their own, their items do. */
function contentReferences(metadata: JsonObject): CitationPart[] {
  const citations: CitationPart[] = [];
  for (const reference of objectsOf(metadata["content_references"])) {
    const from = numberOf(reference["start_idx"]);
    const to = numberOf(reference["end_idx"]);
    const before = citations.length;
    for (const item of referenceItems(reference)) {
      const url = filledTextOf(item["url"]);
      if (url !== undefined) citations.push(citationPart(url, filledTextOf(item["title"]), from, to));
    }
    const url = filledTextOf(reference["url"]);
    const title = filledTextOf(reference["title"]) ?? filledTextOf(reference["name"]);
    if (url !== undefined || (title !== undefined && citations.length === before)) {
      citations.push(citationPart(url, title, from, to));
    }
  }
  return citations;
}

function referenceItems(reference: JsonObject): JsonObject[] {
  const items = objectsOf(reference["items"]);
  const listed = items.length > 0 ? items : objectsOf(reference["fallback_items"]);
  const supporting = listed.flatMap((item) => objectsOf(item["supporting_websites"]));
  return [...listed, ...supporting, ...sourcesOf(reference["sources"])];
}

function sourcesOf(sources: JsonValue | undefined): JsonObject[] {
  return arrayOf(sources).filter(isJsonObject);
}

function citationPart(
  url: string | undefined,
  title: string | undefined,
  from: number | undefined,
  to: number | undefined,
): CitationPart {
  return { kind: "citation", ...defined({ url, title, from, to }) };
}
