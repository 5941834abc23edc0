import assert from "node:assert/strict";
import { test } from "node:test";
import { bothDrafts } from "./both-drafts.ts";

test("two texts stand one below the other", () => {
  assert.equal(bothDrafts("begun there", "begun here"), "begun there\n\nbegun here");
});

test("a text that the other one holds is not said twice", () => {
  assert.equal(bothDrafts("begun and gone on", "begun"), "begun and gone on");
  assert.equal(bothDrafts("begun", "begun and gone on"), "begun and gone on");
  assert.equal(bothDrafts("", "mine"), "mine");
  assert.equal(bothDrafts("theirs", ""), "theirs");
});
