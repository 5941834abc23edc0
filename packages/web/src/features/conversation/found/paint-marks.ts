import type { FoundWords } from "./found-words.ts";

const name = "found-words";
/** What does not belong to the text of a message. */
const chrome = "button, summary, [aria-hidden=true], [data-chrome], script, style";
const blocks = "p, li, td, th, pre, h1, h2, h3, h4, h5, h6, blockquote, div, dd, dt";

/** True where the browser can mark words without touching what is drawn; elsewhere nothing is marked. */
export function canMark(): boolean {
  return typeof Highlight !== "undefined" && "highlights" in CSS;
}

/** Remembers what was found in an element as long as its text stays the same. */
type Known = WeakMap<Element, { text: string; ranges: Range[] }>;

export function createKnown(): Known {
  return new WeakMap();
}

/** Marks the words in all messages that are drawn below `root`. */
export function paintMarks(root: Element, words: FoundWords, known: Known): void {
  if (!canMark()) return;
  const highlight = new Highlight();
  for (const element of root.querySelectorAll("[data-message-text]")) {
    for (const range of rangesIn(element, words, known)) highlight.add(range);
  }
  CSS.highlights.set(name, highlight);
}

export function clearMarks(): void {
  if (canMark()) CSS.highlights.delete(name);
}

/** The first place in a message where the words stand; absent when it is not drawn or has none. */
export function firstMark(
  root: Element,
  messageId: string,
  words: FoundWords,
  known: Known,
): Range | undefined {
  const element = root.querySelector(`[data-message-id="${CSS.escape(messageId)}"] [data-message-text]`);
  return element === null ? undefined : rangesIn(element, words, known)[0];
}

function rangesIn(element: Element, words: FoundWords, known: Known): readonly Range[] {
  const { text, nodes } = readText(element);
  const before = known.get(element);
  const isSame =
    before?.text === text && before.ranges.every((range) => element.contains(range.startContainer));
  if (before !== undefined && isSame) return before.ranges;
  const ranges: Range[] = [];
  let at = 0;
  for (const [from, to] of words.marksIn(text)) {
    while (at < nodes.length - 1 && (nodes[at + 1]?.from ?? Number.POSITIVE_INFINITY) <= from) at += 1;
    let last = at;
    while (last < nodes.length - 1 && (nodes[last + 1]?.from ?? Number.POSITIVE_INFINITY) < to) last += 1;
    const start = nodes[at];
    const end = nodes[last];
    if (start === undefined || end === undefined) continue;
    const range = new Range();
    range.setStart(start.node, Math.min(from - start.from, start.node.length));
    range.setEnd(end.node, Math.min(to - end.from, end.node.length));
    ranges.push(range);
  }
  known.set(element, { text, ranges });
  return ranges;
}

interface PlacedText {
  node: Text;
  /** Where it begins in the whole. */
  from: number;
}

/** The text of a message as it is read, a line for each block, and where each piece of it stands. */
function readText(element: Element): { text: string; nodes: PlacedText[] } {
  const nodes: PlacedText[] = [];
  let text = "";
  let block: Element | null = null;
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (!(node instanceof Text) || node.parentElement === null) continue;
    if (node.parentElement.closest(chrome) !== null) continue;
    const around: Element | null = node.parentElement.closest(blocks);
    if (block !== null && around !== block) text += "\n";
    block = around;
    nodes.push({ node, from: text.length });
    text += node.data;
  }
  return { text, nodes };
}
