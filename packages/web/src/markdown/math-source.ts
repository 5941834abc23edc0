/** Code is left alone: fences (also open ones at the end) and runs of backticks. */
const codePattern =
  /(^|\n)[ \t]*(`{3,}|~{3,})[\s\S]*?(?:\n[ \t]*\2[`~]*[ \t]*(?=\n|$)|$)|(`+)(?!`)[\s\S]*?[^`]\3(?!`)/g;
const ownLinePattern = /^([ \t]*)\\\[([\s\S]+?)\\\](?=[ \t]*$)/gm;
const displayPattern = /\\\[([\s\S]+?)\\\]/g;
const inlinePattern = /\\\(([^\n]+?)\\\)/g;
/** A pair of single dollars is mathematics only when what stands between looks like it: prices do not. */
const dollarPattern = /(?<![\\$\w])\$(?![\s$\d])([^$\n]*?[\\^_={][^$\n]*?)(?<![\s\\])\$(?![\d$])/g;
const anyMathPattern = /\$\$|\\\(|\\\[|\$[^$\n]*[\\^_={][^$\n]*\$/;

/** True when the text may hold mathematics, so that it is worth loading what draws it. Quick, and sometimes wrongly true. */
export function mayHoldMath(text: string): boolean {
  return anyMathPattern.test(text);
}

/**
 * Writes every spelling of mathematics that models use (`\(…\)`, `\[…\]`, `$…$`) as `$$…$$`, the one that the renderer reads. Code is
 * left as it is. For display only; the text itself is never changed.
 */
export function mathSource(text: string): string {
  let result = "";
  let from = 0;
  for (const match of text.matchAll(codePattern)) {
    result += convert(text.slice(from, match.index)) + match[0];
    from = match.index + match[0].length;
  }
  return result + convert(text.slice(from));
}

function convert(text: string): string {
  return text
    .replace(ownLinePattern, (_, indent: string, math: string) => {
      const lines = math.trim().split("\n");
      return ["$$", ...lines.map((line) => line.trim()), "$$"].map((line) => indent + line).join("\n");
    })
    .replace(displayPattern, (_, math: string) => inline(math))
    .replace(inlinePattern, (_, math: string) => inline(math))
    .replace(dollarPattern, (_, math: string) => inline(math));
}

function inline(math: string): string {
  return `$$${math.trim()}$$`;
}
