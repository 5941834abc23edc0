/** Modules that read, clean and check HTML in Markdown. This page shows HTML as letters, so they would be loaded for nothing. */
const unused = new Set(["rehype-raw", "rehype-sanitize", "rehype-harden"]);
const stub = "\0without-html";

/** As much of a plugin of the bundler as is needed here. */
interface BundlerPlugin {
  name: string;
  enforce: "pre";
  resolveId: (id: string) => string | undefined;
  load: (id: string) => string | undefined;
}

/**
 * For the bundler: leaves out what the Markdown renderer would need to make elements from HTML. `markdown.tsx` never asks for it, and
 * with this the page could not do it by mistake.
 */
export function withoutHtml(): BundlerPlugin {
  return {
    name: "without-html",
    enforce: "pre",
    resolveId: (id) => (unused.has(id) ? stub : undefined),
    load: (id) =>
      id === stub
        ? "export default function none() {}\nexport const defaultSchema = {};\nexport function harden() {}\n"
        : undefined,
  };
}
