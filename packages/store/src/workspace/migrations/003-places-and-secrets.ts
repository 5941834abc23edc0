import type { Migration } from "../migrations.ts";

/** Where a person left each conversation, secrets apart from settings, and attachments that are found by their file alone. */
export const placesAndSecrets: Migration = {
  name: "003-places-and-secrets",
  sql: `
CREATE TABLE places (
  user_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  anchor_id TEXT,
  through_id TEXT,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, session_id)
) STRICT;

CREATE TABLE secrets (
  user_id TEXT NOT NULL,
  key TEXT NOT NULL CHECK (key <> ''),
  value TEXT NOT NULL,
  PRIMARY KEY (user_id, key)
) STRICT;

CREATE INDEX import_attachments_by_file ON import_attachments (user_id, file_id);
`,
};
