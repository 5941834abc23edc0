import { memo, useEffect, useState, type CSSProperties } from "react";
import { withRest, type ColouredCode, type ColouredToken } from "./coloured-code.ts";
import { CopyButton } from "./copy-button.tsx";
import { knownColours, requestColours } from "./highlight.ts";

export interface CodeBlockProps {
  code: string;
  language: string;
  /** It is still being written. */
  isIncomplete?: boolean;
}

/** Code with its language, a copy button, and colours as soon as they are there. Scrolls inside. */
export const CodeBlock = memo(function CodeBlock({ code, language, isIncomplete = false }: CodeBlockProps) {
  const shown = code.endsWith("\n") ? code.slice(0, -1) : code;
  const lines = useColours(shown, language, isIncomplete);
  return (
    <figure className="code-block">
      <figcaption data-chrome>
        <span>{language === "" ? "text" : language}</span>
        <CopyButton text={shown} what="code" />
      </figcaption>
      {/* Focusable, so that what is wider than the page can be scrolled with the keyboard. */}
      <pre tabIndex={0} aria-label={language === "" ? "Code" : `Code, ${language}`}>
        <code>
          {lines === undefined ? shown : lines.map((line, index) => <Line key={index} line={line} />)}
        </code>
      </pre>
    </figure>
  );
});

function Line({ line }: { line: readonly ColouredToken[] }) {
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

function tokenStyle({ light, dark }: ColouredToken): CSSProperties {
  return { "--light": light, "--dark": dark } as CSSProperties;
}

/** Undefined until colours are there. While code is being written, what was coloured keeps its colours and the rest waits for them. */
function useColours(code: string, language: string, isIncomplete: boolean): ColouredCode | undefined {
  const known = knownColours(code, language);
  const [later, setLater] = useState<{ code: string; lines: ColouredCode }>();
  const isKnown = known !== undefined;
  useEffect(() => {
    if (isKnown) return undefined;
    return requestColours(code, language, isIncomplete, (lines) => setLater({ code, lines }));
  }, [code, language, isIncomplete, isKnown]);
  if (known !== undefined) return known;
  if (later === undefined || !code.startsWith(later.code)) return undefined;
  return withRest(later.lines, code.slice(later.code.length));
}
