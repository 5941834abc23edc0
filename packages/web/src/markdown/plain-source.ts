/** As much of a Markdown tree as is looked at here. */
export interface MarkdownNode {
  type: string;
  value?: string;
  children?: MarkdownNode[];
  data?: Record<string, unknown>;
}

/** Blocks whose direct children are text and not blocks. */
const textBlocks = new Set(["paragraph", "heading", "tableCell", "emphasis", "strong", "delete", "link"]);

/**
 * Shows a source's text as what it is: HTML in it stands there as letters, and a line break stays one. Changes the tree it is
 * given.
 */
export function plainSource() {
  return (tree: MarkdownNode): void => visit(tree);
}

function visit(node: MarkdownNode): void {
  if (node.children === undefined) return;
  const children: MarkdownNode[] = [];
  for (const child of node.children) {
    if (child.type === "html") children.push(...literal(child, textBlocks.has(node.type)));
    else if (child.type === "text") children.push(...lines(child));
    else {
      visit(child);
      children.push(child);
    }
  }
  Object.assign(node, { children });
}

function literal(node: MarkdownNode, inText: boolean): MarkdownNode[] {
  const letters = lines({ type: "text", value: node.value ?? "" });
  return inText ? letters : [{ type: "paragraph", children: letters }];
}

function lines(node: MarkdownNode): MarkdownNode[] {
  const value = node.value ?? "";
  if (!value.includes("\n")) return [{ ...node, type: "text" }];
  const nodes: MarkdownNode[] = [];
  for (const [index, line] of value.split(/\r?\n/).entries()) {
    if (index > 0) nodes.push({ type: "break" });
    if (line !== "") nodes.push({ type: "text", value: line });
  }
  return nodes;
}
