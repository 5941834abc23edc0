/** Bump when the tables change: an older file is derived data and is made again. */
export const catalogVersion = 5;

export const catalogSchema = `
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE sessions (
  session_id TEXT PRIMARY KEY, runtime_id TEXT NOT NULL, construct_id TEXT NOT NULL, title TEXT NOT NULL,
  created_at INTEGER, updated_at INTEGER, message_count INTEGER NOT NULL, imported INTEGER NOT NULL,
  home INTEGER NOT NULL, starred INTEGER NOT NULL, archived INTEGER NOT NULL, deleted INTEGER NOT NULL,
  leaf_id TEXT, last_said_id TEXT, forked_from TEXT,
  journal_length INTEGER NOT NULL, journal_seq INTEGER NOT NULL, journal_hash TEXT NOT NULL,
  month INTEGER NOT NULL, title_key TEXT NOT NULL,
  sort_at INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(updated_at, -9007199254740991)) STORED
) STRICT;
CREATE INDEX sessions_by_runtime ON sessions (runtime_id, deleted, archived, imported, home DESC, sort_at DESC, session_id);
CREATE INDEX sessions_by_time ON sessions (deleted, archived, imported, sort_at DESC, session_id, runtime_id, title_key);
CREATE INDEX sessions_by_month ON sessions (runtime_id, deleted, archived, imported, month, sort_at DESC, session_id,
  message_count, created_at);
CREATE INDEX sessions_starred ON sessions (deleted, archived, imported, sort_at DESC, session_id) WHERE starred = 1;
CREATE INDEX sessions_native ON sessions (session_id) WHERE imported = 0;
CREATE INDEX sessions_home ON sessions (session_id) WHERE home = 1;
CREATE INDEX sessions_by_origin ON sessions (forked_from) WHERE forked_from IS NOT NULL;
CREATE TABLE messages (
  session_id TEXT NOT NULL, message_id TEXT NOT NULL, parent_id TEXT, seq INTEGER NOT NULL, offset INTEGER NOT NULL,
  length INTEGER NOT NULL, is_checkpoint INTEGER NOT NULL, role INTEGER NOT NULL, PRIMARY KEY (session_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE message_changes (
  session_id TEXT NOT NULL, target_id TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, offset INTEGER NOT NULL,
  length INTEGER NOT NULL, PRIMARY KEY (session_id, target_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE files (
  file_id TEXT NOT NULL, session_id TEXT NOT NULL, name TEXT, mime TEXT, PRIMARY KEY (file_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_session ON files (session_id);
PRAGMA user_version = ${catalogVersion};
`;
