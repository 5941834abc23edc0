import type { Receipt } from "@chatty/server/api";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, Download } from "lucide-react";
import { useMemo, useRef } from "react";
import { receiptUrl } from "../../api/imports.ts";
import { formatAmount, formatCount, formatDuration } from "../../ui/format.ts";
import {
  changesSentence,
  groupProblems,
  placeInWords,
  receiptSentence,
  type ProblemGroup,
} from "./receipt-sentence.ts";

interface ReceiptViewProps {
  receipt: Receipt;
  importId: string;
}

/** What an import did: a sentence, every problem, the counts, and the whole of it to keep. */
export function ReceiptView({ receipt, importId }: ReceiptViewProps) {
  const changes = changesSentence(receipt);
  const groups = useMemo(() => groupProblems(receipt.problems), [receipt]);
  return (
    <div className="flex flex-col gap-2">
      <p className="text-14 text-ink">{receiptSentence(receipt)}</p>
      {changes !== undefined && <p className="text-14 text-ink-soft">{changes}</p>}
      {receipt.problems.length > 0 && (
        <details className="group">
          <summary className="flex w-fit cursor-pointer list-none items-center gap-1 rounded-control py-1 pr-2 text-14 text-ink-soft hover:text-ink max-md:min-h-11">
            <ChevronRight size={16} aria-hidden className="transition-transform group-open:rotate-90" />
            {formatAmount(receipt.problems.length, "problem")}
          </summary>
          <Problems groups={groups} />
        </details>
      )}
      <details className="group">
        <summary className="flex w-fit cursor-pointer list-none items-center gap-1 rounded-control py-1 pr-2 text-14 text-ink-soft hover:text-ink max-md:min-h-11">
          <ChevronRight size={16} aria-hidden className="transition-transform group-open:rotate-90" />
          Counts
        </summary>
        <Counts receipt={receipt} />
      </details>
      <a
        href={receiptUrl(importId)}
        download
        className="inline-flex w-fit items-center gap-1.5 rounded-control py-1 text-14 text-accent-ink hover:underline max-md:min-h-11"
      >
        <Download size={16} aria-hidden />
        Download the full receipt
      </a>
    </div>
  );
}

type Line =
  | { kind: "group"; group: ProblemGroup }
  | { kind: "problem"; problem: ProblemGroup["problems"][number] };

/** Every problem, however many there are; only those in sight are drawn. */
function Problems({ groups }: { groups: readonly ProblemGroup[] }) {
  const scroller = useRef<HTMLElement>(null);
  const lines = useMemo(
    () =>
      groups.flatMap((group): Line[] => [
        { kind: "group", group },
        ...group.problems.map((problem): Line => ({ kind: "problem", problem })),
      ]),
    [groups],
  );
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 44,
    overscan: 8,
  });
  return (
    <section
      ref={scroller}
      aria-label="Problems"
      // Focusable, so that the keyboard can scroll it.
      tabIndex={0}
      className="mt-1 max-h-80 overflow-y-auto rounded-card border border-hairline bg-sunk px-3 py-1"
    >
      <ul className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const line = lines[item.index];
          if (line === undefined) return null;
          return (
            <li
              key={item.key}
              ref={virtualizer.measureElement}
              data-index={item.index}
              className="absolute inset-x-0 top-0 py-1.5 text-13"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {line.kind === "group" ? (
                <strong className="font-semibold text-ink">
                  {line.group.title} · {formatCount(line.group.problems.length)}
                </strong>
              ) : (
                <>
                  <span className="block break-words text-ink-soft">{line.problem.message}</span>
                  <span className="block font-mono text-12 break-all text-ink-muted">
                    {placeInWords(line.problem.where)}
                  </span>
                </>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Counts({ receipt }: { receipt: Receipt }) {
  const { conversations, nodes, attachments } = receipt;
  const rows: [string, string][] = [
    ["Conversations seen", formatCount(conversations.seen)],
    ["New", formatCount(conversations.new)],
    ["Grown", formatCount(conversations.grown)],
    ["Edited", formatCount(conversations.edited)],
    ["Unchanged", formatCount(conversations.unchanged)],
    ["No longer in the export, kept here", formatCount(conversations.gone)],
    ["Not readable", formatCount(conversations.failed)],
    ["Nodes seen", formatCount(nodes.seen)],
    ["Stored", formatCount(nodes.stored)],
    ["Kept aside (structure, hidden)", formatCount(nodes.flagged)],
    ["Skipped", formatCount(nodes.skipped)],
    ["Files found", `${formatCount(attachments.found)} of ${formatCount(attachments.referenced)}`],
    ["Took", formatDuration(receipt.durationMs)],
    ["Archive", receipt.archive],
  ];
  for (const [kind, count] of Object.entries(receipt.unknownKinds ?? {})) {
    rows.push([`Unknown kind “${kind}”, kept as it is`, formatCount(count)]);
  }
  for (const [kind, count] of Object.entries(receipt.sidecars ?? {}))
    rows.push([`Beside: ${kind}`, formatCount(count)]);
  return (
    <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-13 max-md:grid-cols-1">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-muted">{name}</dt>
          <dd className="tabular break-all text-ink">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
