import { memo, useMemo } from "react";
import { defaultRemarkPlugins, Streamdown } from "streamdown";
import { MathContext, useMath } from "./math.ts";
import { mathSource } from "./math-source.ts";
import { markdownElements } from "./markdown-elements.tsx";
import { plainSource } from "./plain-source.ts";
import "./markdown.css";

const remarkPlugins = [...Object.values(defaultRemarkPlugins), plainSource];
/** Without a plugin that reads HTML, none is ever made from the text; see `plain-source.ts`. */
const rehypePlugins: never[] = [];

export interface MarkdownProps {
  /** The source's text, byte for byte. */
  text: string;
  /** It is being written: what is open at its end is closed for display, and only its last block is drawn anew. */
  isLive?: boolean;
}

/** Draws Markdown. HTML in the text is shown as letters, pictures from elsewhere are named and never loaded. */
export const Markdown = memo(function Markdown({ text, isLive = false }: MarkdownProps) {
  const math = useMath(text);
  const source = useMemo(() => (math === undefined ? text : mathSource(text)), [text, math]);
  const plugins = useMemo(() => (math === undefined ? {} : { math: math.plugin }), [math]);
  const drawn = (
    <Streamdown
      // What math needs is known to the parser from the start only.
      key={math === undefined ? "text" : "math"}
      className="prose"
      mode="streaming"
      isAnimating={isLive}
      parseIncompleteMarkdown={isLive}
      controls={false}
      components={markdownElements}
      remarkPlugins={remarkPlugins}
      rehypePlugins={rehypePlugins}
      plugins={plugins}
      dir="auto"
    >
      {source}
    </Streamdown>
  );
  return math === undefined ? drawn : <MathContext value={math.draw}>{drawn}</MathContext>;
});
