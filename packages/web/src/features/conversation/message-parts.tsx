import type { CitationPart } from "@chatty/model";
import type { Message } from "@chatty/server/api";
import { Brain, Link2, Package, SquareTerminal, Wrench } from "lucide-react";
import { memo, useMemo } from "react";
import { CodeBlock } from "../../markdown/code-block.tsx";
import { Markdown } from "../../markdown/markdown.tsx";
import { linkHost, safeHref } from "../../markdown/safe-links.ts";
import { answerEnd } from "./answer-end.ts";
import { FailedAnswer } from "./answer-notices.tsx";
import { Files } from "./file-part.tsx";
import { Fold } from "./fold.tsx";
import { messageBlocks, thinkingSummary, type Block } from "./message-blocks.ts";

interface MessagePartsProps {
  message: Message;
  isLive: boolean;
  isLast: boolean;
}

/** Everything a message says, in the order of the source. */
export const MessageParts = memo(function MessageParts({ message, isLive, isLast }: MessagePartsProps) {
  const blocks = useMemo(() => messageBlocks(message), [message]);
  return blocks.map((block, index) => (
    <BlockView
      key={index}
      block={block}
      message={message}
      foldId={`${message.id} ${index}`}
      isLast={isLast}
      isLive={isLive && index === blocks.length - 1}
    />
  ));
});

interface BlockViewProps {
  block: Block;
  message: Message;
  foldId: string;
  isLive: boolean;
  isLast: boolean;
}

function BlockView({ block, message, foldId, isLive, isLast }: BlockViewProps) {
  switch (block.kind) {
    case "text":
      return <Markdown text={block.text} isLive={isLive} />;
    case "code":
      return (
        <Fold id={foldId} summary={block.summary} icon={<SquareTerminal size={14} aria-hidden />}>
          <CodeBlock code={block.text} language={block.language === "unknown" ? "" : block.language} />
        </Fold>
      );
    case "fold":
      return <FoldBlock block={block} message={message} foldId={foldId} isLive={isLive} isLast={isLast} />;
    case "files":
      return <Files files={block.files} messageId={message.id} />;
    case "citations":
      return <Citations citations={block.citations} foldId={foldId} />;
    case "error": {
      const end = answerEnd(message);
      if (end.kind === "failed")
        return <FailedAnswer message={message} failure={end.failure} isLast={isLast} />;
      return (
        <p
          className="my-2 rounded-control bg-red-tint px-3 py-2 text-14 [overflow-wrap:anywhere] text-ink"
          title={block.name}
        >
          <strong data-chrome className="font-semibold text-red">
            This answer failed.{" "}
          </strong>
          {block.text}
        </p>
      );
    }
  }
}

function FoldBlock({ block, message, foldId, isLive }: BlockViewProps & { block: Block & { kind: "fold" } }) {
  const isThinking = block.isMarkdown;
  const Icon = isThinking ? Brain : block.summary.startsWith("Kept") ? Package : Wrench;
  const ms = isThinking ? thinkingMs(message) : undefined;
  const summary =
    isThinking && isLive
      ? "Thinking…"
      : ms === undefined
        ? block.summary
        : thinkingSummary(block.text, undefined, ms);
  return (
    <Fold
      id={foldId}
      summary={summary}
      icon={<Icon size={14} aria-hidden className="shrink-0" />}
      isProblem={block.isError === true}
    >
      {block.text === "" ? (
        <p className="text-13 text-ink-muted">The source has no words for it.</p>
      ) : isThinking ? (
        <div className="text-ink-soft [--reading-size:14px]">
          <Markdown text={block.text} isLive={isLive} />
        </div>
      ) : (
        <CodeBlock code={block.text} language={block.language ?? ""} />
      )}
    </Fold>
  );
}

/** How long was thought, where the answer's metadata knows it; milliseconds. */
function thinkingMs(message: Message): number | undefined {
  const value = message.metadata?.["thinkingMs"];
  return typeof value === "number" ? value : undefined;
}

function Citations({ citations, foldId }: { citations: readonly CitationPart[]; foldId: string }) {
  const summary = citations.length === 1 ? "1 source" : `${citations.length} sources`;
  return (
    <Fold id={foldId} summary={summary} icon={<Link2 size={14} aria-hidden />}>
      <ol className="flex list-decimal flex-col gap-2 pl-5 text-13 text-ink-soft">
        {citations.map((citation, index) => (
          <li key={index} className="[overflow-wrap:anywhere]">
            <Citation citation={citation} />
          </li>
        ))}
      </ol>
    </Fold>
  );
}

function Citation({ citation }: { citation: CitationPart }) {
  const href = safeHref(citation.url);
  const title = citation.title ?? citation.url ?? "Without a title";
  return (
    <>
      {href === undefined ? (
        <span className="text-ink">{title}</span>
      ) : (
        <a
          href={href}
          target="_blank"
          rel="noopener noreferrer nofollow"
          className="text-accent-ink underline underline-offset-2"
        >
          {title}
        </a>
      )}
      {href !== undefined && <span className="text-ink-muted"> · {linkHost(href)}</span>}
      {citation.text !== undefined && citation.text !== "" && <span className="block">{citation.text}</span>}
    </>
  );
}
