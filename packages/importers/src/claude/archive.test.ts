import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { claude, open, openZip, zip, read, idsOf, sidecarsOf } from "../testing/export-checks.ts";
import { writeZip } from "../testing/zip-writer.ts";

describe("a Claude archive", () => {
  const users = [
    { uuid: "acc-2", full_name: "B", email_address: "b@example.org" },
    { uuid: "acc-1", full_name: "A", email_address: "a@example.org", verified_phone_number: "+1" },
  ];
  const project = { uuid: "p", name: "P", prompt_template: "be kind", docs: [], creator: {} };
  const memory = { account_uuid: "acc-1", conversations_memory: "likes tea" };

  test("gives identity, batches, projects, memories and design chats", async () => {
    const design = {
      uuid: "d",
      title: "Chat",
      project: { uuid: "p", name: "P" },
      messages: [{ uuid: "m", role: "user", content: { role: "user", content: "x" } }],
    };
    const opened = await openZip({
      "data-0000/conversations.json": [claude("a")],
      "data-0001/conversations.json": [claude("b")],
      "users.json": users,
      "projects.json": [project],
      "memories.json": [memory],
      "design_chats/d.json": design,
      "login_history.json": [{ ip: "10.0.0.1" }],
      "artifacts/x/page.md": "text",
    });
    assert.deepEqual(opened.identity, { accountId: "acc-1", email: "a@example.org", name: "A" });
    const records = await read(opened);
    assert.deepEqual(idsOf(records), ["a", "b", "d"]);
    assert.deepEqual(sidecarsOf(records), [
      "user:acc-2",
      "user:acc-1",
      "project:p",
      "memory:acc-1",
      "other:login_history.json",
      "artifact:artifacts/x/page.md",
    ]);
    assert.doesNotMatch(JSON.stringify(records.filter(({ kind }) => kind === "sidecar")), /phone|10\.0\.0/);
  });

  test("may be split by category into archives inside an archive, stored or packed", async () => {
    for (const method of [0, 8] as const) {
      const parts: Record<string, Buffer> = {
        "conversations-000.zip": zip({ "conversations.json": [claude("a")] }),
        "conversations-001.zip": zip({ "conversations.json": [claude("b")] }),
        "projects-000.zip": zip({ "projects/p.json": project }),
        "broken-000.zip": zip({ "x.json": "{}" }).subarray(0, 40),
      };
      const manifest = {
        data_files: [
          { category: "conversations", export_url: "https://secret", filename: "conversations-000.zip" },
        ],
        version: 1,
      };
      const opened = await open(
        writeZip([
          ...Object.entries(parts).map(([name, data]) => ({ name, data, method })),
          { name: "manifest.json", data: JSON.stringify(manifest) },
        ]),
      );
      assert.deepEqual(
        opened.problems.map(({ code, where }) => [code, where?.member]),
        [["ARCHIVE_TRUNCATED", "broken-000.zip"]],
      );
      const records = await read(opened);
      assert.deepEqual(idsOf(records), ["a", "b"]);
      assert.ok(!JSON.stringify(records).includes("secret"));
      assert.deepEqual(
        records.flatMap((record) => (record.kind === "conversation" ? [record.place.member] : [])),
        ["conversations-000.zip!/conversations.json", "conversations-001.zip!/conversations.json"],
      );
    }
  });

  test("may hold one category only", async () => {
    const opened = await openZip({ "projects/p.json": project });
    assert.deepEqual([opened.source, sidecarsOf(await read(opened))], ["claude", ["project:p"]]);
    const memories = await openZip({ "memories/acc-1.json": memory });
    assert.deepEqual(
      [memories.identity, sidecarsOf(await read(memories))],
      [{ accountId: "acc-1" }, ["memory:acc-1"]],
    );
  });
});
