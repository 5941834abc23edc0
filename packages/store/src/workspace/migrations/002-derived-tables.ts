import type { Migration } from "../migrations.ts";

/**
 * The tables that can be made again from archives and journals. They came after the truth, because nothing needs them
 * before the first import or transcript, and they have no foreign keys, so that they can be emptied and refilled at will.
 */
export const derivedTables: Migration = {
  name: "002-derived-tables",
  sql: `
CREATE TABLE import_references (
  user_id TEXT NOT NULL,
  import_id TEXT NOT NULL,
  ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
  session_id TEXT CHECK (kind <> 'conversation' OR session_id IS NOT NULL),
  runtime_id TEXT NOT NULL,
  source_id TEXT,
  kind TEXT NOT NULL CHECK (kind <> ''),
  member TEXT NOT NULL,
  member_offset INTEGER NOT NULL CHECK (member_offset >= 0),
  byte_length INTEGER NOT NULL CHECK (byte_length >= 0),
  raw_sha256 TEXT,
  content_sha256 TEXT,
  metadata_sha256 TEXT,
  pack TEXT,
  pack_offset INTEGER,
  pack_length INTEGER,
  title TEXT,
  created_at INTEGER,
  updated_at INTEGER,
  message_count INTEGER NOT NULL DEFAULT 0,
  node_count INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, import_id, ordinal)
) STRICT;
CREATE INDEX import_references_by_session ON import_references (user_id, session_id, import_id);
CREATE INDEX import_references_by_source ON import_references (user_id, runtime_id, source_id);

CREATE TABLE import_attachments (
  user_id TEXT NOT NULL,
  import_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  file_id TEXT NOT NULL,
  pointer TEXT,
  name TEXT,
  mime TEXT,
  size INTEGER,
  member TEXT,
  PRIMARY KEY (user_id, import_id, session_id, file_id)
) STRICT;
CREATE INDEX import_attachments_by_session ON import_attachments (user_id, session_id, file_id);

CREATE TABLE transcripts (
  user_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  path TEXT NOT NULL,
  length INTEGER NOT NULL CHECK (length >= 0),
  sha256 TEXT NOT NULL,
  modified_ns TEXT NOT NULL CHECK (modified_ns GLOB '[0-9]*'),
  journal_length INTEGER NOT NULL CHECK (journal_length >= 0),
  PRIMARY KEY (user_id, session_id)
) STRICT;
CREATE INDEX transcripts_by_path ON transcripts (user_id, path);

CREATE TABLE import_views (
  user_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  source_sha256 TEXT NOT NULL,
  PRIMARY KEY (user_id, session_id)
) STRICT;
CREATE INDEX import_views_by_path ON import_views (user_id, path);
`,
};
