/** Bump when the tables or what stands in them change: an older file is derived data and is made again. */
export const timelineVersion = 1;

/**
 * Every runtime is a sorted run of its own, so that a page of one is one reach into it, and a page of all merges as many as there are.
 * `at` to `sequence` are the order that `compareTimeline` of the model gives, with a conversation's id as two numbers of 52 bits.
 */
export const timelineSchema = `
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE runtimes (number INTEGER PRIMARY KEY, runtime_id TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE sessions (
  number INTEGER PRIMARY KEY, session_id TEXT NOT NULL UNIQUE, construct_id TEXT NOT NULL, content TEXT NOT NULL, events INTEGER NOT NULL,
  last_sequence INTEGER NOT NULL, last_at INTEGER
) STRICT;
CREATE TABLE events (
  runtime INTEGER NOT NULL, at INTEGER NOT NULL, rank INTEGER NOT NULL, commit_number INTEGER NOT NULL, session_high INTEGER NOT NULL,
  session_low INTEGER NOT NULL, sequence INTEGER NOT NULL, session INTEGER, message_id BLOB, bits INTEGER NOT NULL,
  confidence INTEGER NOT NULL, shown_at INTEGER, previous_runtime INTEGER,
  PRIMARY KEY (runtime, at, rank, commit_number, session_high, session_low, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_session ON events (session, sequence) WHERE session IS NOT NULL;
CREATE TABLE days (
  runtime INTEGER NOT NULL, day INTEGER NOT NULL, events INTEGER NOT NULL, PRIMARY KEY (runtime, day)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = ${timelineVersion};
`;
