/** Bump when the tables or what stands in them change: an older file is derived data and is made again. */
export const searchVersion = 1;

/** Fields of the word index, in the order of its columns. */
export const wordFields = ["text", "title", "thinking", "tool", "file"] as const;

/** What FTS5 may keep in memory before it writes a piece of the index; it takes what it needs. */
const hashBytes = 32 * 1024 * 1024;

/** `docs/formats/search-index.md` explains every column. */
export const searchSchema = `
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE sessions (
  number INTEGER PRIMARY KEY, session_id TEXT NOT NULL UNIQUE, facts TEXT NOT NULL, content TEXT NOT NULL,
  runtime_id TEXT NOT NULL, construct_id TEXT NOT NULL, title TEXT NOT NULL, marks INTEGER NOT NULL
) STRICT;
CREATE TABLE models (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE docs (
  doc INTEGER PRIMARY KEY, session INTEGER NOT NULL, place INTEGER NOT NULL, message_id TEXT, bits INTEGER NOT NULL,
  model INTEGER NOT NULL, at INTEGER
) STRICT;
CREATE INDEX docs_by_session ON docs (session);
CREATE TABLE bodies (
  doc INTEGER PRIMARY KEY, text TEXT NOT NULL, thinking TEXT NOT NULL, tool TEXT NOT NULL, file TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE words USING fts5(
  ${wordFields.join(", ")}, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE pieces USING fts5(text, content='', contentless_delete=1, detail=none, tokenize='trigram');
INSERT INTO words (words, rank) VALUES ('hashsize', ${hashBytes});
INSERT INTO words (words, rank) VALUES ('crisismerge', 64);
CREATE TABLE recent (epoch INTEGER NOT NULL, is_session INTEGER NOT NULL, id INTEGER NOT NULL) STRICT;
CREATE INDEX recent_by_epoch ON recent (epoch);
PRAGMA user_version = ${searchVersion};
`;
