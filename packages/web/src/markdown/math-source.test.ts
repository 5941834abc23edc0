import assert from "node:assert/strict";
import { test } from "node:test";
import { mathSource, mayHoldMath } from "./math-source.ts";

test("reads the spellings of models", () => {
  assert.equal(mathSource("so \\(a^2\\) is"), "so $$a^2$$ is");
  assert.equal(mathSource("so $a^2$ is"), "so $$a^2$$ is");
  assert.equal(mathSource("\\[\na = b\n\\]"), "$$\na = b\n$$");
  assert.equal(mathSource("1. so\n   \\[ a \\]\n2. b"), "1. so\n   $$\n   a\n   $$\n2. b");
  assert.equal(mathSource("in \\[x\\] a line"), "in $$x$$ a line");
});

test("leaves prices and what is mathematics already", () => {
  for (const text of [
    "from $5 to $10_000",
    "$$a^2$$",
    "costs $5, not $6^",
    "US$ 3_000 and $ 4_000 $",
    "\\$a^2$",
  ]) {
    assert.equal(mathSource(text), text);
  }
});

test("leaves code as it stands", () => {
  for (const text of [
    "`\\(a\\)`",
    "```tex\n\\[a\\]\n```",
    "~~~\n$a^2$\n~~~",
    "``a ` $b^2$``",
    "```\nopen $a^2$",
  ]) {
    assert.equal(mathSource(text), text);
  }
  assert.equal(mathSource("`$a^2$` $b^2$ ```\nx"), "`$a^2$` $$b^2$$ ```\nx");
});

test("stays quick on long text without an end", () => {
  const text = `${"\\[ a ".repeat(2000)}${"$x_".repeat(2000)}${"`".repeat(300)}`;
  const began = performance.now();
  mathSource(text);
  assert.ok(performance.now() - began < 500);
});

test("asks for mathematics only where there may be some", () => {
  assert.equal(mayHoldMath("costs $5 and $6"), false);
  assert.equal(mayHoldMath("plain"), false);
  assert.equal(mayHoldMath("\\(a\\)"), true);
  assert.equal(mayHoldMath("$$a$$"), true);
  assert.equal(mayHoldMath("$x^2$"), true);
});
