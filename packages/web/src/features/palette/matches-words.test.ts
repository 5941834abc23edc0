import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesWords } from "./matches-words.ts";

test("beginnings of words in any order find a command", () => {
  assert.equal(matchesWords("Switch to the dark theme", "the da"), true);
  assert.equal(matchesWords("Switch to the dark theme", "THEME dark"), true);
  assert.equal(matchesWords("Switch to the dark theme", "ark"), false);
  assert.equal(matchesWords("Réglages d’été", "été"), true);
  assert.equal(matchesWords("Anything", "  "), true);
});
