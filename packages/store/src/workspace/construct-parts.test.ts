import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import type { Sha256, UserId } from "@chatty/model";
import {
  constructActionChange,
  constructFileChange,
  constructPartRemoval,
  importMetadataChange,
  importMetadataFilename,
  listConstructActions,
  listConstructFiles,
  listConstructVersions,
  newConstructVersionChanges,
} from "./construct-parts.ts";
import { openConfiguration } from "./database.ts";
import type { Configuration } from "./database.ts";
import { seedChanges } from "./seed.ts";

const userId = "u" as UserId;
const hash = "a".repeat(64) as Sha256;

function openSeeded(context: TestContext): Configuration {
  const configuration = openConfiguration(":memory:");
  context.after(() => configuration.close());
  configuration.applyAlone(seedChanges(configuration, { userId, username: "alex", nowMs: 1 }));
  return configuration;
}

describe("parts of a construct", () => {
  test("read back as they were written", (context) => {
    const configuration = openSeeded(context);
    const gptId = String(
      configuration.get("SELECT id FROM gpts WHERE construct_callsign = 'lin-001'")?.["id"],
    );
    const file = {
      fileId: "f-1",
      gptId,
      filename: "a.txt",
      originalName: "A.txt",
      mimeType: "text/plain",
      size: 3,
      content: `sha256:${hash}`,
      extractedText: "abc",
      metadata: { pages: 1 },
      uploadedAt: 5,
      active: true,
    };
    const action = {
      actionId: "a-1",
      gptId,
      name: "Look up",
      description: undefined,
      url: "https://example.org",
      method: "POST",
      headers: { a: "b" },
      parameters: {},
      active: false,
      createdAt: 6,
    };
    configuration.applyAlone([
      constructFileChange(userId, file),
      constructActionChange(userId, action),
      importMetadataChange(userId, gptId, { source: "chatgpt" }, 7),
      importMetadataChange(userId, gptId, { source: "claude" }, 8),
    ]);
    const files = listConstructFiles(configuration, userId, gptId);
    assert.deepEqual(files[0], file);
    assert.deepEqual([files.length, files[1]?.filename], [2, importMetadataFilename]);
    assert.deepEqual(JSON.parse(files[1]?.content ?? ""), { source: "claude" });
    assert.deepEqual(listConstructActions(configuration, userId, gptId), [action]);
    configuration.applyAlone([constructPartRemoval(userId, "gpt_actions", "a-1")]);
    assert.deepEqual(listConstructActions(configuration, userId, gptId), []);
  });

  test("count versions per construct and number their rows per user", (context) => {
    const configuration = openSeeded(context);
    const gpts = configuration
      .all("SELECT id FROM gpts ORDER BY construct_callsign")
      .map((row) => String(row["id"]));
    const [first = "", second = ""] = gpts;
    for (const [index, gptId] of [first, second, first].entries()) {
      configuration.applyAlone(newConstructVersionChanges(configuration, userId, gptId, { index }, index));
    }
    const versions = listConstructVersions(configuration, userId, first);
    assert.deepEqual(
      versions.map(({ id, version }) => [id, version]),
      [
        [1, 1],
        [3, 2],
      ],
    );
    assert.deepEqual(versions[1]?.snapshot, { index: 2 });
    assert.deepEqual(
      listConstructVersions(configuration, userId, second).map(({ id, version }) => [id, version]),
      [[2, 1]],
    );
  });
});
