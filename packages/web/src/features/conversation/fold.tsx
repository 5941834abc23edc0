import { ChevronRight } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useConversation } from "./conversation-context.ts";

interface FoldProps {
  /** Names the fold within the conversation, so that it is found open again. */
  id: string;
  summary: ReactNode;
  children: ReactNode;
  icon?: ReactNode;
  isProblem?: boolean;
}

/** Something that is there but not in the way: one line, the rest when it is opened. */
export function Fold({ id, summary, children, icon, isProblem = false }: FoldProps) {
  const { openFolds } = useConversation();
  const [isOpen, setOpen] = useState(() => openFolds.has(id));
  return (
    <details
      data-fold={id}
      open={isOpen}
      onToggle={(event) => {
        const now = event.currentTarget.open;
        setOpen(now);
        if (now) openFolds.add(id);
        else openFolds.delete(id);
      }}
      className="group/fold my-1"
    >
      <summary
        className={`inline-flex max-w-full cursor-pointer list-none items-center gap-1.5 rounded-control py-0.5 pr-2 text-13 select-none hover:text-ink max-md:py-3 [&::-webkit-details-marker]:hidden ${isProblem ? "text-red" : "text-ink-muted"}`}
      >
        <ChevronRight
          size={14}
          aria-hidden
          className="shrink-0 transition-transform duration-120 group-open/fold:rotate-90"
        />
        {icon}
        <span className="truncate">{summary}</span>
      </summary>
      {isOpen && <div className="mt-1 mb-3 ml-1.5 border-l border-hairline pl-4">{children}</div>}
    </details>
  );
}
