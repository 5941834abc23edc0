import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { exportReader } from "../export-reader.ts";
import { collect } from "../testing/byte-source.ts";
import {
  chatGpt,
  claude,
  codesOf,
  zip,
  open,
  openZip,
  read,
  idsOf,
  sidecarsOf,
} from "../testing/export-checks.ts";
import { writeZip } from "../testing/zip-writer.ts";

describe("a ChatGPT archive", () => {
  test("gives identity, shards, files and everything beside them", async () => {
    const pointer = (id: string): object => ({ content_type: "image_asset_pointer", asset_pointer: id });
    const pointers = [
      "file-service://file-abc",
      "sediment://file_00#x",
      "sediment://file_dat",
      "file-service://file-lost",
      "file-service://file-lib",
    ];
    const conversation = {
      ...chatGpt("a"),
      mapping: {
        m: {
          parent: null,
          message: {
            id: "m",
            author: { role: "user" },
            content: { content_type: "multimodal_text", parts: pointers.map(pointer) },
          },
        },
      },
    };
    const opened = await openZip({
      "export_manifest.json": {
        version: 1,
        export_files: [],
        logical_files: {
          "conversations.json": {
            files: ["conversations-000.json", "conversations-001.json", "conversations-002.json"],
            sharded: true,
          },
        },
      },
      "conversations.json": [chatGpt("stale")],
      "conversations-000.json": [conversation],
      "conversations-001.json": [],
      "user.json": { id: "user-1", email: "a@example.org", phone_number: "+1" },
      "message_feedback.json": [
        { id: "f", conversation_id: "a", user_id: "user-1", rating: "thumbs_up", content: "{}" },
      ],
      "shared_conversations.json": [{ id: "s", conversation_id: "a", title: "Shared" }],
      "library_files.json": [{ file_id: "file-lib", file_name: "notes.txt" }],
      "chat.html": "<html>var jsonData = [",
      "file-abcd-other.png": "no",
      "file-abc-cat.png": "yes",
      "user-1/file_00-uuid.png": "x",
      "file_dat.dat": "x",
      "notes.txt": "x",
    });
    assert.deepEqual(opened.identity, { accountId: "user-1", email: "a@example.org" });
    assert.equal(opened.description, "ChatGPT export, 2 shards");
    assert.deepEqual(
      opened.problems.map(({ code, where }) => [code, where?.member]),
      [
        ["STALE_CONVERSATIONS_FILE", "conversations.json"],
        ["SHARD_MISSING", "conversations-002.json"],
      ],
    );
    const records = await read(opened);
    assert.deepEqual(idsOf(records), ["a"]);
    const [record] = records.filter((each) => each.kind === "conversation");
    assert.deepEqual(
      record?.conversation.attachments.map(({ member }) => member),
      ["file-abc-cat.png", "user-1/file_00-uuid.png", "file_dat.dat", undefined, "notes.txt"],
    );
    assert.deepEqual(
      record?.conversation.nodes[0]?.parts.map((part) => "missing" in part && part.missing),
      [false, false, false, true, false],
    );
    assert.deepEqual(sidecarsOf(records).sort(), [
      "feedback:f",
      "library:file-lib",
      "manifest:",
      "other:chat.html",
      "other:conversations.json",
      "other:notes.txt",
      "shared:s",
      "user:user-1",
    ]);
    assert.ok(!JSON.stringify(records.filter(({ kind }) => kind === "sidecar")).includes("phone"));
  });

  test("may lie in a folder, under any name, and names its owner elsewhere", async () => {
    const opened = await openZip({
      "My export/conversations.json": [chatGpt("a")],
      "My export/user-Zz9/file_1-x.png": "x",
      "__MACOSX/My export/._conversations.json": "x",
    });
    assert.deepEqual(opened.identity, { accountId: "user-Zz9" });
    assert.deepEqual(idsOf(await read(opened)), ["a"]);
    const renamed = await openZip({
      "something.txt": [chatGpt("b")],
      "message_feedback.json": [{ id: "f", user_id: "user-7" }],
    });
    assert.deepEqual([renamed.identity, idsOf(await read(renamed))], [{ accountId: "user-7" }, ["b"]]);
    const blob = await openZip({ "no-extension": [chatGpt("c")] });
    assert.deepEqual(idsOf(await read(blob)), ["c"]);
    assert.deepEqual(
      (
        await openZip({
          "conversations.json": [chatGpt("a")],
          "user.json": [{ id: "user-2", email: "b@example.org" }],
        })
      ).identity.accountId,
      "user-2",
    );
  });

  test("reads members by their raw names only", async () => {
    const opened = await openZip({ "x\\conversations.json": [chatGpt("a")] });
    assert.ok((await collect(opened.readMember("x\\conversations.json"))).length > 0);
    assert.throws(() => opened.readMember("x/conversations.json"), { code: "MEMBER_NOT_FOUND" });
  });

  test("takes an upload for what it is, even when it is somebody's export", async () => {
    const opened = await openZip({
      "conversations.json": [chatGpt("a")],
      "file-abc-conversations.json": [claude("b")],
      "file-abd-conversations.json": [chatGpt("c")],
      "file-abe-data.zip": zip({ "conversations.json": [claude("d")] }),
    });
    assert.equal(opened.source, "chatgpt");
    assert.deepEqual(idsOf(await read(opened)), ["a"]);
  });

  test("tells of a file of conversations that is empty or wrongly encoded", async () => {
    const user = { id: "user-1", email: "a@example.org", chatgpt_plus_user: true };
    const empty = await openZip({ "user.json": user, "conversations.json": "" });
    assert.deepEqual(codesOf(await read(empty)), ["JSON_TRUNCATED"]);
    const wide = Buffer.from(`\ufeff${JSON.stringify([chatGpt("a")])}`, "utf16le");
    const opened = await openZip({ "user.json": user, "conversations.json": wide });
    assert.deepEqual(
      opened.problems.map(({ code }) => code),
      ["UNSUPPORTED_ENCODING"],
    );
  });

  test("passes on what goes wrong with the bytes themselves", async () => {
    for (const size of [10, 3_000_000]) {
      const bytes = zip({ "conversations.json": [chatGpt("a", randomBytes(size).toString("hex"))] });
      let isGone = false;
      const opened = await exportReader.open({
        name: "gone.zip",
        size: bytes.length,
        read: async (offset, length) => {
          if (isGone) throw new Error("the disk is gone");
          return bytes.subarray(offset, offset + length);
        },
      });
      isGone = true;
      await assert.rejects(async () => collect(opened.records()), /the disk is gone/);
    }
  });

  test("fails as a whole when a member's checksum is wrong", async () => {
    const archive = writeZip([
      {
        name: "conversations.json",
        data: JSON.stringify([chatGpt("a")]),
        central: { crc: 1 },
        local: { crc: 1 },
      },
    ]);
    await assert.rejects(async () => read(await open(archive)), { code: "ARCHIVE_CORRUPT" });
  });
});
