import type { Migration } from "../migrations.ts";

/** The tables of truth, and the two that the commit log keeps its place in. Frozen: never edit, add a migration. */
export const baseTables: Migration = {
  name: "001-base-tables",
  sql: `
CREATE TABLE users (
  user_id TEXT NOT NULL PRIMARY KEY,
  username TEXT NOT NULL,
  shard TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  preferences TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(preferences)),
  metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metadata))
) STRICT;

CREATE TABLE gpts (
  user_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  instructions TEXT,
  conversation_starters TEXT CHECK (json_valid(conversation_starters)),
  avatar TEXT,
  capabilities TEXT CHECK (json_valid(capabilities)),
  construct_callsign TEXT NOT NULL CHECK (construct_callsign = lower(construct_callsign)),
  model_id TEXT NOT NULL,
  is_active INTEGER NOT NULL DEFAULT 0 CHECK (is_active IN (0, 1)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  conversation_model TEXT,
  creative_model TEXT,
  coding_model TEXT,
  orchestration_mode TEXT NOT NULL DEFAULT 'lin' CHECK (orchestration_mode <> ''),
  PRIMARY KEY (user_id, id),
  UNIQUE (user_id, construct_callsign)
) STRICT;

CREATE TABLE gpt_files (
  user_id TEXT NOT NULL,
  id TEXT NOT NULL,
  gpt_id TEXT NOT NULL,
  filename TEXT NOT NULL,
  original_name TEXT NOT NULL,
  mime_type TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),
  content TEXT NOT NULL,
  extracted_text TEXT,
  metadata TEXT CHECK (json_valid(metadata)),
  uploaded_at INTEGER NOT NULL,
  is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
  PRIMARY KEY (user_id, id),
  FOREIGN KEY (user_id, gpt_id) REFERENCES gpts (user_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX gpt_files_by_gpt ON gpt_files (user_id, gpt_id);

CREATE TABLE gpt_actions (
  user_id TEXT NOT NULL,
  id TEXT NOT NULL,
  gpt_id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  url TEXT NOT NULL,
  method TEXT NOT NULL DEFAULT 'GET',
  headers TEXT CHECK (json_valid(headers)),
  parameters TEXT CHECK (json_valid(parameters)),
  is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, id),
  FOREIGN KEY (user_id, gpt_id) REFERENCES gpts (user_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX gpt_actions_by_gpt ON gpt_actions (user_id, gpt_id);

CREATE TABLE gpt_versions (
  user_id TEXT NOT NULL,
  id INTEGER NOT NULL,
  gpt_id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  snapshot TEXT NOT NULL CHECK (json_valid(snapshot)),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, id),
  UNIQUE (user_id, gpt_id, version),
  FOREIGN KEY (user_id, gpt_id) REFERENCES gpts (user_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE runtimes (
  user_id TEXT NOT NULL,
  runtime_id TEXT NOT NULL CHECK (runtime_id = lower(runtime_id)),
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('core', 'imported', 'custom')),
  provider TEXT,
  default_construct_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('synth', 'lin')),
  namespace TEXT CHECK (kind <> 'imported' OR namespace IS NOT NULL),
  identity TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(identity)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER CHECK (deleted_at IS NULL OR kind <> 'core'),
  joined_into TEXT CHECK (joined_into <> runtime_id),
  PRIMARY KEY (user_id, runtime_id)
) STRICT;
CREATE INDEX runtimes_by_construct ON runtimes (user_id, default_construct_id);

CREATE TABLE homes (
  user_id TEXT NOT NULL,
  runtime_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  construct_id TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, runtime_id)
) STRICT;
CREATE INDEX homes_by_session ON homes (user_id, session_id);
CREATE INDEX homes_by_construct ON homes (user_id, construct_id);

CREATE TABLE stars (
  user_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  starred_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, session_id)
) STRICT;

CREATE TABLE aliases (
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('session', 'runtime', 'construct')),
  alias TEXT NOT NULL CHECK (alias <> '' AND alias = lower(alias)),
  target TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, kind, alias)
) STRICT;
CREATE INDEX aliases_by_target ON aliases (user_id, kind, target);

CREATE TABLE overlays (
  user_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  title TEXT,
  archived_at INTEGER,
  deleted_at INTEGER,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, session_id)
) STRICT;

CREATE TABLE imports (
  user_id TEXT NOT NULL,
  import_id TEXT NOT NULL,
  archive_sha256 TEXT NOT NULL CHECK (length(archive_sha256) = 64),
  archive_name TEXT NOT NULL,
  archive_bytes INTEGER NOT NULL CHECK (archive_bytes >= 0),
  source TEXT,
  runtime_id TEXT,
  reader_version TEXT,
  status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed')),
  ordinal INTEGER,
  superseded_by TEXT CHECK (superseded_by <> import_id),
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  receipt TEXT CHECK (json_valid(receipt)),
  PRIMARY KEY (user_id, import_id),
  CHECK (status <> 'finished' OR (source IS NOT NULL AND runtime_id IS NOT NULL AND reader_version IS NOT NULL
    AND ordinal IS NOT NULL AND finished_at IS NOT NULL AND receipt IS NOT NULL))
) STRICT;
CREATE INDEX imports_by_archive ON imports (user_id, archive_sha256);
CREATE INDEX imports_by_runtime ON imports (user_id, runtime_id, ordinal);

CREATE TABLE drafts (
  user_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  text TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, session_id)
) STRICT;

CREATE TABLE settings (
  user_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL CHECK (json_valid(value)),
  PRIMARY KEY (user_id, key)
) STRICT;

CREATE TABLE durable_marks (
  path TEXT NOT NULL PRIMARY KEY,
  length INTEGER NOT NULL CHECK (length >= 0),
  seq INTEGER NOT NULL CHECK (seq >= -1),
  hash TEXT NOT NULL,
  marked_at INTEGER NOT NULL
) STRICT;

CREATE TABLE log_state (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  applied_seq INTEGER NOT NULL,
  checkpoint_seq INTEGER NOT NULL,
  CHECK (checkpoint_seq <= applied_seq)
) STRICT;
INSERT INTO log_state (id, applied_seq, checkpoint_seq) VALUES (1, -1, -1);
`,
};
