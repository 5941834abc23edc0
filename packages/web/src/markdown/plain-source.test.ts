import assert from "node:assert/strict";
import { test } from "node:test";
import { plainSource, type MarkdownNode } from "./plain-source.ts";

const root = (...children: MarkdownNode[]): MarkdownNode => ({ type: "root", children });

test("turns a block of HTML into a paragraph of its letters", () => {
  const tree = root({ type: "html", value: "<script>\nalert(1)</script>" });
  plainSource()(tree);
  assert.deepEqual(tree, {
    type: "root",
    children: [
      {
        type: "paragraph",
        children: [
          { type: "text", value: "<script>" },
          { type: "break" },
          { type: "text", value: "alert(1)</script>" },
        ],
      },
    ],
  });
});

test("turns HTML within a line into its letters", () => {
  const tree = root({
    type: "paragraph",
    children: [
      { type: "text", value: "a " },
      { type: "html", value: "<b>" },
      { type: "text", value: "c" },
    ],
  });
  plainSource()(tree);
  assert.deepEqual(
    tree.children?.[0]?.children?.map((node) => [node.type, node.value]),
    [
      ["text", "a "],
      ["text", "<b>"],
      ["text", "c"],
    ],
  );
});

test("keeps line breaks of the source, at any depth", () => {
  const tree = root({
    type: "blockquote",
    children: [
      { type: "paragraph", children: [{ type: "strong", children: [{ type: "text", value: "a\nb" }] }] },
    ],
  });
  plainSource()(tree);
  assert.deepEqual(
    tree.children?.[0]?.children?.[0]?.children?.[0]?.children?.map((node) => node.type),
    ["text", "break", "text"],
  );
});

test("leaves code alone", () => {
  const tree = root({ type: "code", value: "<b>\n</b>" });
  plainSource()(tree);
  assert.deepEqual(tree, root({ type: "code", value: "<b>\n</b>" }));
});
