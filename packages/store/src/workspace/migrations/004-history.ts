import type { Migration } from "../migrations.ts";

/** What a person did to the configuration, so that it can be taken back and looked back at; and purges that are not over yet. */
export const history: Migration = {
  name: "004-history",
  sql: `
CREATE TABLE history (
  user_id TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 0),
  at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind <> ''),
  subject TEXT NOT NULL CHECK (subject IN ('session', 'runtime', 'construct')),
  subject_id TEXT NOT NULL,
  changes TEXT NOT NULL CHECK (json_valid(changes)),
  undoes INTEGER,
  PRIMARY KEY (user_id, seq)
) STRICT;
CREATE INDEX history_by_subject ON history (user_id, subject, subject_id, seq);

CREATE TABLE purges (
  user_id TEXT NOT NULL,
  subject TEXT NOT NULL CHECK (subject IN ('session', 'runtime', 'user')),
  subject_id TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, subject, subject_id)
) STRICT;
`,
};
