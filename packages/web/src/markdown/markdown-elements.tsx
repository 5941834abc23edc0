import { ExternalLink, ImageOff } from "lucide-react";
import { isValidElement, type ComponentProps, type ReactNode } from "react";
import { useIsCodeFenceIncomplete, type Components, type ExtraProps } from "streamdown";
import { CodeBlock } from "./code-block.tsx";
import { Formula } from "./formula.tsx";
import { linkHost, safeHref } from "./safe-links.ts";

type Given<Tag extends keyof React.JSX.IntrinsicElements> = ComponentProps<Tag> & ExtraProps;

/** A link that says where it leads; what leads nowhere safe is shown as its words. */
function Link({ href, title, children }: Given<"a">) {
  const address = safeHref(href);
  if (address === undefined)
    return <span title={typeof href === "string" ? href : undefined}>{children}</span>;
  return (
    <a href={address} title={title ?? linkHost(address)} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** Pictures from elsewhere are never asked for: that would tell a stranger what is being read. */
function RemotePicture({ src, alt }: Given<"img">) {
  const address = typeof src === "string" ? safeHref(src) : undefined;
  const name = alt === undefined || alt === "" ? "Picture" : alt;
  return (
    <span className="remote-picture">
      <ImageOff size={16} aria-hidden />
      <span>{name}</span>
      {address === undefined ? (
        <span data-chrome className="where">
          not in this conversation
        </span>
      ) : (
        <a data-chrome href={address} target="_blank" rel="noopener noreferrer nofollow">
          {linkHost(address)} <ExternalLink size={12} aria-hidden />
        </a>
      )}
    </span>
  );
}

/** Wide tables scroll inside; the frame takes focus for the keyboard. */
function Table({ children }: Given<"table">) {
  return (
    <section className="table-frame" tabIndex={0} aria-label="Table">
      <table>{children}</table>
    </section>
  );
}

function Pre({ children }: Given<"pre">) {
  const isIncomplete = useIsCodeFenceIncomplete();
  if (!isValidElement<{ className?: string; children?: ReactNode }>(children)) return <pre>{children}</pre>;
  const { className, children: code } = children.props;
  if (isMath(className)) return <Formula tex={textOf(code)} isDisplay />;
  const language = /language-([^\s]+)/.exec(className ?? "")?.[1] ?? "";
  return <CodeBlock code={textOf(code)} language={language} isIncomplete={isIncomplete} />;
}

function InlineCode({ className, children }: Given<"code">) {
  if (isMath(className)) return <Formula tex={textOf(children)} isDisplay={false} />;
  return <code>{children}</code>;
}

function isMath(className: string | undefined): boolean {
  return className?.split(" ").includes("language-math") === true;
}

function textOf(node: ReactNode): string {
  if (typeof node === "string") return node;
  return Array.isArray(node) ? node.map(textOf).join("") : "";
}

function Box({ checked }: Given<"input">) {
  return (
    <input
      type="checkbox"
      checked={checked === true}
      readOnly
      disabled
      aria-label={checked === true ? "Done" : "To do"}
    />
  );
}

/**
 * How the elements of Markdown are drawn: plain elements for `markdown.css` to dress, and the few that need care. Headings begin at
 * the third level: the page has its own above them.
 */
export const markdownElements: Components = {
  a: Link,
  img: RemotePicture,
  table: Table,
  pre: Pre,
  code: InlineCode,
  input: Box,
  h1: ({ children }: Given<"h1">) => <h3 data-level="1">{children}</h3>,
  h2: ({ children }: Given<"h2">) => <h4 data-level="2">{children}</h4>,
  h3: ({ children }: Given<"h3">) => <h5 data-level="3">{children}</h5>,
  h4: ({ children }: Given<"h4">) => <h6 data-level="4">{children}</h6>,
  h5: ({ children }: Given<"h5">) => <h6 data-level="4">{children}</h6>,
  h6: ({ children }: Given<"h6">) => <h6 data-level="4">{children}</h6>,
  thead: "thead",
  tbody: "tbody",
  tr: "tr",
  th: ({ children, style }: Given<"th">) => (
    <th scope="col" style={style}>
      {children}
    </th>
  ),
  td: ({ children, style }: Given<"td">) => <td style={style}>{children}</td>,
  p: ({ children }: Given<"p">) => <p>{children}</p>,
  ol: ({ children, start }: Given<"ol">) => <ol start={start}>{children}</ol>,
  ul: ({ children }: Given<"ul">) => <ul>{children}</ul>,
  li: ({ children }: Given<"li">) => <li>{children}</li>,
  blockquote: ({ children }: Given<"blockquote">) => <blockquote>{children}</blockquote>,
  hr: () => <hr />,
  strong: ({ children }: Given<"strong">) => <strong>{children}</strong>,
  sup: ({ children }: Given<"sup">) => <sup>{children}</sup>,
  sub: ({ children }: Given<"sub">) => <sub>{children}</sub>,
  section: ({ children }: Given<"section">) => <section className="footnotes">{children}</section>,
};
