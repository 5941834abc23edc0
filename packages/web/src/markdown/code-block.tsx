import type { HighlightResult } from "@streamdown/code";
import { memo, useEffect, useState, type CSSProperties } from "react";
import { CopyButton } from "./copy-button.tsx";
import { highlight } from "./highlight.ts";

export interface CodeBlockProps {
  code: string;
  language: string;
  /** It is still being written. */
  isIncomplete?: boolean;
}

/** Code with its language, a copy button, and colours as soon as they are there. Scrolls inside. */
export const CodeBlock = memo(function CodeBlock({ code, language, isIncomplete = false }: CodeBlockProps) {
  const shown = code.endsWith("\n") ? code.slice(0, -1) : code;
  const result = useHighlight(shown, language, isIncomplete);
  return (
    <figure className="code-block">
      <figcaption data-chrome>
        <span>{language === "" ? "text" : language}</span>
        <CopyButton text={shown} what="code" />
      </figcaption>
      {/* Focusable, so that what is wider than the page can be scrolled with the keyboard. */}
      <pre tabIndex={0} aria-label={language === "" ? "Code" : `Code, ${language}`}>
        <code>
          {result === undefined
            ? shown
            : result.tokens.map((line, index) => <Line key={index} line={line} />)}
        </code>
      </pre>
    </figure>
  );
});

function Line({ line }: { line: HighlightResult["tokens"][number] }) {
  return (
    <>
      {line.map((token, index) => (
        <span key={index} style={tokenStyle(token)}>
          {token.content}
        </span>
      ))}
      {"\n"}
    </>
  );
}

function tokenStyle(token: HighlightResult["tokens"][number][number]): CSSProperties {
  const style = token.htmlStyle ?? {};
  return { "--light": style["color"] ?? token.color, "--dark": style["--shiki-dark"] } as CSSProperties;
}

/** While code is being written the colours of what came before stay until new ones are there, if they still fit. */
function useHighlight(code: string, language: string, isIncomplete: boolean): HighlightResult | undefined {
  const [later, setLater] = useState<{ code: string; result: HighlightResult }>();
  const [first] = useState(() =>
    highlight(code, language, isIncomplete, (result) => setLater({ code, result })),
  );
  useEffect(() => {
    let here = true;
    const take = (result: HighlightResult) => {
      if (here) setLater({ code, result });
    };
    const result = highlight(code, language, isIncomplete, take);
    if (result !== undefined) take(result);
    return () => {
      here = false;
    };
  }, [code, language, isIncomplete]);
  if (later !== undefined) return later.code === code ? later.result : undefined;
  return first;
}
