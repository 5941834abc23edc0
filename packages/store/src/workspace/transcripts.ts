import type { SessionId, Sha256, UserId } from "@chatty/model";
import type { Row } from "./changes.ts";
import type { ConfigurationReader, ConfigurationWriter } from "./connection.ts";
import { integerOf, textOf } from "./row-values.ts";

/** The transcript of a session as it was last written: anything else on disk was edited by hand. Derived. */
export interface TranscriptRow {
  sessionId: SessionId;
  /** Path inside the vault, with forward slashes. */
  path: string;
  /** Bytes. */
  length: number;
  sha256: Sha256;
  /** Nanoseconds since 1970 UTC, kept as decimal digits: too big for a number of JavaScript. */
  modifiedNs: bigint;
  /** Bytes of the journal that the transcript tells. */
  journalLength: number;
}

const selectTranscripts =
  "SELECT session_id, path, length, sha256, modified_ns, journal_length FROM transcripts WHERE user_id = ?";

/** The transcript of a session; undefined when none was written. */
export function getTranscript(
  reader: ConfigurationReader,
  userId: UserId,
  sessionId: SessionId,
): TranscriptRow | undefined {
  return reader.all(`${selectTranscripts} AND session_id = ?`, userId, sessionId).map(transcriptFromRow)[0];
}

/** The transcript that lies at a path. */
export function transcriptAtPath(
  reader: ConfigurationReader,
  userId: UserId,
  path: string,
): TranscriptRow | undefined {
  const sql = `${selectTranscripts} AND path = ? ORDER BY session_id`;
  return reader.all(sql, userId, path).map(transcriptFromRow)[0];
}

/** Keeps what was written. */
export function putTranscript(writer: ConfigurationWriter, userId: UserId, transcript: TranscriptRow): void {
  writer.run(
    "INSERT INTO transcripts (user_id, session_id, path, length, sha256, modified_ns, journal_length) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user_id, session_id) DO UPDATE SET path = excluded.path, " +
      "length = excluded.length, sha256 = excluded.sha256, modified_ns = excluded.modified_ns, " +
      "journal_length = excluded.journal_length",
    userId,
    transcript.sessionId,
    transcript.path,
    transcript.length,
    transcript.sha256,
    transcript.modifiedNs.toString(),
    transcript.journalLength,
  );
}

/** Forgets the transcript of a session. */
export function deleteTranscript(writer: ConfigurationWriter, userId: UserId, sessionId: SessionId): void {
  writer.run("DELETE FROM transcripts WHERE user_id = ? AND session_id = ?", userId, sessionId);
}

function transcriptFromRow(row: Row): TranscriptRow {
  return {
    sessionId: textOf(row, "session_id") as SessionId,
    path: textOf(row, "path"),
    length: integerOf(row, "length"),
    sha256: textOf(row, "sha256") as Sha256,
    modifiedNs: BigInt(textOf(row, "modified_ns")),
    journalLength: integerOf(row, "journal_length"),
  };
}
