import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { exportReader } from "@chatty/importers";
import type { OpenedExport, SourceConversation } from "@chatty/model";
import { writeDemo } from "./write-demo.ts";

let folder: string;
const signal = new AbortController().signal;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "chatty-demo-test-"));
});

after(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("writeDemo", () => {
  test("writes the same bytes for the same seed and number, in any time zone", async () => {
    const zone = process.env["TZ"];
    const first = await write("first", "spring", 30);
    process.env["TZ"] = "Pacific/Auckland";
    const second = await write("second", "spring", 30);
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
    const other = await write("third", "autumn", 30);
    assert.deepEqual(first.map(bytesOf), second.map(bytesOf));
    assert.notDeepEqual(first.map(bytesOf), other.map(bytesOf));
  });

  test("is read by the importers without a single problem", async () => {
    const kinds = new Set<string>();
    let conversations = 0;
    let hasBranches = false;
    for (const path of await write("read", "chatty", 40)) {
      for (const conversation of await conversationsOf(path)) {
        conversations += 1;
        assert.deepEqual(conversation.problems, []);
        assert.deepEqual(
          conversation.attachments.filter(
            ({ member, pointer }) => pointer !== undefined && member === undefined,
          ),
          [],
        );
        for (const node of conversation.nodes) for (const part of node.parts) kinds.add(part.kind);
        const parents = conversation.nodes.map(({ parentSourceId }) => parentSourceId);
        hasBranches ||= new Set(parents).size < parents.length;
      }
    }
    assert.equal(conversations, 40);
    assert.ok(hasBranches);
    const wanted = ["citation", "code", "image", "text", "thinking", "tool_call", "tool_result"];
    assert.deepEqual(
      wanted.filter((kind) => !kinds.has(kind)),
      [],
    );
  });

  test("splits a large export into shards that are all there", async () => {
    const [chatgpt = ""] = await write("large", "chatty", 400);
    assert.equal((await conversationsOf(chatgpt)).length, 240);
  });

  test("makes one archive only when one conversation is wanted", async () => {
    assert.equal((await write("one", "chatty", 1)).length, 1);
  });
});

function write(name: string, seed: string, conversations: number): Promise<string[]> {
  return writeDemo({ seed, conversations }, join(folder, name), signal);
}

function bytesOf(path: string): string {
  return readFileSync(path).toString("base64");
}

async function conversationsOf(path: string): Promise<SourceConversation[]> {
  const handle = await open(path);
  try {
    const opened: OpenedExport = await exportReader.open({
      name: path,
      size: statSync(path).size,
      async read(offset, length) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      },
    });
    assert.deepEqual(opened.problems, []);
    const conversations: SourceConversation[] = [];
    for await (const record of opened.records()) {
      assert.ok(record.kind === "conversation" || record.kind === "sidecar", record.kind);
      if (record.kind === "conversation") conversations.push(record.conversation);
    }
    return conversations;
  } finally {
    await handle.close();
  }
}
