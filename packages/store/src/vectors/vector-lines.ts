// Lines of vector_index.jsonl. `docs/formats/vectors.md` explains every key.
import type { JsonValue } from "@chatty/model";

/** What one line says of one row of embeddings.npy. */
export interface VectorLine {
  /** `{documentId}_chunk_{position}`. */
  chunkId: string;
  /** Row, from 0. */
  row: number;
  /** A message's id, or that with `/files` behind it for what its files say. */
  documentId: string;
  sessionId: string;
  /** Number of the chunk in its document, from 0, and how many there are. */
  position: number;
  total: number;
  /** UTF-16 units and words of the chunk. */
  characters: number;
  words: number;
  /** Place of the chunk in the document's text, in UTF-16 units. */
  from: number;
  to: number;
  /** SHA-256 of the document's whole text in UTF-8, in hexadecimal: the offsets are good for a text with this hash. */
  sha256: string;
  /** Names how the text was cut. */
  strategy: string;
  provider: string;
  model: string;
  dimensions: number;
  /** When it was embedded; integer milliseconds UTC. */
  embeddedAt: number;
  /** CRC-32 of the row's bytes, so that a line and a row that do not belong together are never taken for a pair. */
  crc32: number;
}

export function formatVectorLine(line: VectorLine): string {
  return `${JSON.stringify({
    chunk_id: line.chunkId,
    vector_index: line.row,
    document_id: line.documentId,
    session_id: line.sessionId,
    chunk_metadata: {
      position: line.position,
      total_chunks: line.total,
      char_count: line.characters,
      word_count: line.words,
      from: line.from,
      to: line.to,
      sha256: line.sha256,
      strategy: line.strategy,
    },
    embedding_metadata: {
      provider: line.provider,
      model: line.model,
      dimensions: line.dimensions,
      normalized: true,
      timestamp: new Date(line.embeddedAt).toISOString(),
      crc32: line.crc32.toString(16).padStart(8, "0"),
    },
  })}\n`;
}

/** Undefined for bytes that are no such line: the torn end of a file, or somebody else's. */
export function parseVectorLine(text: string): VectorLine | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    // What is no JSON is no line.
    return undefined;
  }
  const line = objectOf(value);
  const chunk = objectOf(line?.["chunk_metadata"]);
  const embedding = objectOf(line?.["embedding_metadata"]);
  if (line === undefined || chunk === undefined || embedding === undefined) return undefined;
  const timestamp = Date.parse(textOf(embedding["timestamp"]) ?? "");
  const checksum = textOf(embedding["crc32"]) ?? "";
  const parsed = {
    chunkId: textOf(line["chunk_id"]),
    row: countOf(line["vector_index"]),
    documentId: textOf(line["document_id"]),
    sessionId: textOf(line["session_id"]),
    position: countOf(chunk["position"]),
    total: countOf(chunk["total_chunks"]),
    characters: countOf(chunk["char_count"]),
    words: countOf(chunk["word_count"]),
    from: countOf(chunk["from"]),
    to: countOf(chunk["to"]),
    sha256: textOf(chunk["sha256"]),
    strategy: textOf(chunk["strategy"]),
    provider: textOf(embedding["provider"]),
    model: textOf(embedding["model"]),
    dimensions: countOf(embedding["dimensions"]),
    embeddedAt: Number.isNaN(timestamp) ? undefined : timestamp,
    crc32: /^[0-9a-f]{8}$/.test(checksum) ? Number.parseInt(checksum, 16) : undefined,
  };
  return isWhole(parsed) ? parsed : undefined;
}

type Unchecked = { [Key in keyof VectorLine]: VectorLine[Key] | undefined };

function isWhole(parsed: Unchecked): parsed is VectorLine {
  return Object.values(parsed).every((value) => value !== undefined);
}

function objectOf(value: JsonValue | undefined): Record<string, JsonValue | undefined> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function countOf(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
