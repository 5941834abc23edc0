import type { CodeHighlighterPlugin, HighlightResult } from "@streamdown/code";

/** Longer code is shown without colours: colouring it would hold up the page. */
const longestCode = 60_000;
let loading: Promise<CodeHighlighterPlugin> | undefined;
let loaded: CodeHighlighterPlugin | undefined;

function load(): Promise<CodeHighlighterPlugin> {
  loading ??= import("@streamdown/code").then(({ createCodePlugin }) => {
    loaded = createCodePlugin({ themes: ["github-light-high-contrast", "github-dark-high-contrast"] });
    return loaded;
  });
  return loading;
}

type Language = Parameters<CodeHighlighterPlugin["supportsLanguage"]>[0];

/**
 * Colours code. Answers at once when it was coloured before; otherwise undefined, and `onResult` is told later. Languages that are not
 * known, and code that is very long, are never told. The grammar engine is plain JavaScript: the page's policy allows no other.
 */
export function highlight(
  code: string,
  language: string,
  isIncomplete: boolean,
  onResult: (result: HighlightResult) => void,
): HighlightResult | undefined {
  if (language === "" || code.length > longestCode) return undefined;
  const run = (plugin: CodeHighlighterPlugin) =>
    plugin.supportsLanguage(language as Language)
      ? plugin.highlight(
          { code, language: language as Language, themes: plugin.getThemes(), isIncomplete },
          onResult,
        )
      : null;
  if (loaded !== undefined) return run(loaded) ?? undefined;
  load().then(
    (plugin) => {
      const result = run(plugin);
      if (result !== null) onResult(result);
    },
    // The chunk could not be fetched: the code stays readable without colours, and the next block asks again.
    () => {
      loading = undefined;
    },
  );
  return undefined;
}
