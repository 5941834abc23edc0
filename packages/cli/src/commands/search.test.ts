import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isChattyError } from "@chatty/model";
import { commandList } from "../command-list.ts";
import type { Invocation } from "../invocation.ts";
import { parseWords } from "../parse-words.ts";

function invocation(...words: string[]): Invocation {
  const request = parseWords(["search", ...words], commandList, {
    workingFolder: "/somewhere",
    home: "/home",
    environment: "test",
  });
  assert.ok(request.kind === "command");
  return request.invocation;
}

describe("searchCommand", () => {
  test("refuses what it does not understand", () => {
    for (const words of [
      [],
      ["  "],
      ["--mode", "text"],
      ["--facets"],
      ["x", "--limit", "0"],
      ["x", "--limit", "201"],
      ["x", "--limit", "many"],
      ["x", "--mode", "magic"],
      ["x", "--sort", "oldest"],
      ["x", "--role", "robot"],
      ["x", "--from", "yesterday"],
      ["x", "--to", "2024"],
      ["x", "--to", "2024-02-31"],
      ["x", "--state"],
      ["--state", "--limit", "3"],
      ["x", "-y"],
    ]) {
      assert.throws(
        () => invocation(...words),
        (error) => isChattyError(error, "USAGE") && error.hint !== "",
        words.join(" "),
      );
    }
  });

  test("takes several words as one query, and a day as the whole of it", () => {
    const { arguments: words, options } = invocation(
      "rye",
      "bread",
      ...["--from", "2024-03-01", "--to", "2024-03-31", "--role", "user", "--role", "tool"],
      ...["--runtime", "a", "--runtime", "b", "--limit", "200", "--no-wait", "--", "-wheat"],
    );
    assert.deepEqual(words, ["rye", "bread", "-wheat"]);
    assert.deepEqual(options, {
      from: Date.UTC(2024, 2, 1),
      to: Date.UTC(2024, 3, 1),
      role: ["user", "tool"],
      runtime: ["a", "b"],
      limit: 200,
      "no-wait": true,
    });
    const instant = invocation("x", "--from", "2024-03-01T10:00:00Z", "--to", "1709287200000");
    assert.equal(instant.options["from"], Date.UTC(2024, 2, 1, 10));
    assert.equal(instant.options["to"], 1_709_287_200_000, "an instant is the first that is too late");
    assert.deepEqual(invocation("--runtime", "a").arguments, []);
    assert.deepEqual(invocation("--state").options, { state: true });
  });
});
