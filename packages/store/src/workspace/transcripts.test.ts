import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { SessionId, Sha256, UserId } from "@chatty/model";
import { openConfiguration } from "./database.ts";
import type { Configuration } from "./database.ts";
import { deleteImportView, getImportView, importViewAtPath, putImportView } from "./import-views.ts";
import { seedChanges } from "./seed.ts";
import { deleteTranscript, getTranscript, putTranscript, transcriptAtPath } from "./transcripts.ts";

const userId = "u" as UserId;
const session = "s-1" as SessionId;
const hash = "a".repeat(64) as Sha256;

function openSeeded(context: TestContext): Configuration {
  const configuration = openConfiguration(":memory:");
  context.after(() => configuration.close());
  configuration.applyAlone(seedChanges(configuration, { userId, username: "alex", nowMs: 1 }));
  return configuration;
}

describe("derived files", () => {
  test("keep what was last written of a transcript, to the nanosecond", (context) => {
    const configuration = openSeeded(context);
    const transcript = {
      sessionId: session,
      path: "vvault/a.md",
      length: 3,
      sha256: hash,
      modifiedNs: 1763056805123456789n,
      journalLength: 9,
    };
    configuration.transaction((writer) =>
      putTranscript(writer, userId, { ...transcript, path: "vvault/old.md" }),
    );
    configuration.transaction((writer) => putTranscript(writer, userId, transcript));
    assert.deepEqual(getTranscript(configuration, userId, session), transcript);
    assert.deepEqual(transcriptAtPath(configuration, userId, "vvault/a.md"), transcript);
    assert.equal(transcriptAtPath(configuration, userId, "vvault/old.md"), undefined);
    configuration.transaction((writer) => deleteTranscript(writer, userId, session));
    assert.equal(getTranscript(configuration, userId, session), undefined);
  });

  test("keep what a view was made of", (context) => {
    const configuration = openSeeded(context);
    const view = { sessionId: session, path: "imports/a.md", sha256: hash, sourceSha256: hash };
    configuration.transaction((writer) => putImportView(writer, userId, view));
    assert.deepEqual(getImportView(configuration, userId, session), view);
    assert.deepEqual(importViewAtPath(configuration, userId, "imports/a.md"), view);
    configuration.transaction((writer) => deleteImportView(writer, userId, session));
    assert.equal(getImportView(configuration, userId, session), undefined);
  });
});
