import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { commandList } from "../command-list.ts";
import { globalOptions } from "../global-options.ts";
import { createGuides } from "./guides.ts";

const checkout = join(import.meta.dirname, "..", "..", "..", "..");

describe("createGuides", () => {
  for (const guide of createGuides()) {
    test(`gives what ${guide.path} holds`, () => {
      const written = readFileSync(join(checkout, guide.path), "utf8");
      assert.equal(written, guide.text, "Run `npm run guides -w @chatty/cli`.");
    });
  }
});

describe("commandList", () => {
  test("has an example, a summary and a described result for every command", () => {
    for (const command of commandList) {
      const name = command.words.join(" ");
      assert.notEqual(command.examples.length, 0, name);
      assert.match(command.summary, /^[A-Z].*\.$/, name);
      assert.notEqual(command.json, "", name);
      for (const example of command.examples) assert.ok(example.line.startsWith(name), example.line);
    }
  });

  test("gives an option of one name a value everywhere or nowhere", () => {
    const shapes = new Map<string, boolean>();
    for (const option of [...globalOptions, ...commandList.flatMap((command) => command.options)]) {
      const hasValue = option.value !== undefined;
      assert.equal(shapes.get(option.name) ?? hasValue, hasValue, option.name);
      shapes.set(option.name, hasValue);
    }
  });

  test("names no command and no global option twice", () => {
    const names = commandList.map((command) => command.words.join(" "));
    assert.deepEqual(names, [...new Set(names)]);
    const global = new Set(globalOptions.map((option) => option.name));
    for (const command of commandList) {
      for (const option of command.options) assert.ok(!global.has(option.name), option.name);
    }
  });
});
