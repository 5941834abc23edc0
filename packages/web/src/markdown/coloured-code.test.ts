import assert from "node:assert/strict";
import { test } from "node:test";
import { withRest, type ColouredCode } from "./coloured-code.ts";

const red = { content: "let", light: "#f00", dark: "#f88" };
const lines: ColouredCode = [[red, { content: " a;" }], [red]];

const text = (code: ColouredCode): string =>
  code.map((line) => line.map(({ content }) => content).join("")).join("\n");

test("code that is written on keeps the colours of what was there", () => {
  const longer = withRest(lines, " b;\nb = 1;\n");
  assert.equal(text(longer), `${text(lines)} b;\nb = 1;\n`);
  assert.deepEqual(longer[0], lines[0]);
  assert.deepEqual(longer[1]?.[0], red);
});

test("the same code stays the very same", () => {
  assert.equal(withRest(lines, ""), lines);
});

test("the rest of nothing is plain", () => {
  assert.equal(text(withRest([], "a\nb")), "a\nb");
});
