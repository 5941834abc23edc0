import type { JsonValue } from "@chatty/model";

/**
 * JSON for inside an HTML comment: `>` and runs of `-` are written as JSON escapes, so that no value can end the comment or
 * open another one. `JSON.parse` gives the same value back.
 */
export function commentJson(value: object | JsonValue): string {
  return JSON.stringify(value)
    .replaceAll(">", "\\u003e")
    .replace(/-{2,}/g, (run) => "\\u002d".repeat(run.length));
}

/**
 * A YAML double-quoted scalar on one line. Lone surrogates become U+FFFD, because YAML cannot carry them; the exact text
 * stands in the file's own comment. `<` and `>` are escaped, so that no value looks like a comment to a reader that seeks one.
 */
export function quoteYaml(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A YAML flow sequence of quoted texts on one line. */
export function quoteYamlList(texts: readonly string[]): string {
  return `[${texts.map(quoteYaml).join(", ")}]`;
}

/**
 * A text as it can stand in one line of Markdown for people: white space and control characters become one space, characters
 * that would open markup or HTML are escaped, and those that reorder a line are left out. Not for reading back.
 */
export function inlineText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\p{Bidi_Control}/gu, "")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .replace(/&(?=#?\w+;)/g, "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\`*[\]]/g, "\\$&")
    .replace(/#+$/, (run) => run.replaceAll("#", "\\#"));
}

/** A value of a key-and-value HTML comment: plain when it is a word, quoted JSON otherwise. */
export function commentValue(text: string): string {
  return /^[A-Za-z0-9](?:[\w.:@+]|-(?!-))*$/.test(text) ? text : commentJson(text);
}
