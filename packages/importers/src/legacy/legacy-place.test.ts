import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readPlace } from "./legacy-place.ts";

describe("readPlace", () => {
  test("finds construct, home and import by the folders of every older layout", () => {
    const cases: [path: string, construct: string | undefined, isHome: boolean, isImport: boolean][] = [
      ["users/shard_0000/u/instances/aria-001/chatty/chat_with_aria-001.md", "aria-001", true, false],
      ["constructs/aria-001/Chatty/chat_with_aria-001.md.bak", "aria-001", true, false],
      ["aria-001/Chatty/chat_with_aria-001.md", "aria-001", true, false],
      ["chat_with_aria-001-001.md", "aria-001", true, false],
      ["chat_with_aria-001-002.md", "aria-001", false, false],
      ["instances/aria-001/aria-001_core_chat.md", "aria-001", true, false],
      ["aria/Chatty/2025/Garden.md", "aria", false, false],
      ["instances/chatgpt-x-001/2024/03/Trip.md", "chatgpt-x-001", false, true],
      ["instances/chatgpt-x-001/2024/march/Trip.md", "chatgpt-x-001", false, true],
      ["instances/chatgpt-x-001/2024/03-March/Trip.md", "chatgpt-x-001", false, true],
      ["instances/chatgpt-x-001/undated/Trip.md", "chatgpt-x-001", false, true],
      ["instances/chatgpt-x-001/2024/13/Trip.md", "chatgpt-x-001", false, false],
      ["vvault/chatty/conversations/iris/chat.json", "iris", false, false],
      ["notes/loose.md", undefined, false, false],
    ];
    for (const [path, construct, isHome, isImport] of cases) {
      const place = readPlace(path);
      assert.deepEqual([place.construct, place.isHome, place.isImport], [construct, isHome, isImport], path);
    }
  });
});
