import { ChevronRight } from "lucide-react";
import { cx } from "../../ui/class-names.ts";
import { formatCount } from "../../ui/format.ts";
import type { SidebarRow } from "./sidebar-rows.ts";

interface FolderRowProps {
  row: Extract<SidebarRow, { kind: "year" | "month" }>;
  tabIndex: 0 | -1;
  onToggle: (key: string) => void;
}

const monthNames = new Intl.DateTimeFormat(undefined, { month: "long", timeZone: "UTC" });

/** A year or a month of imported history, with how much is in it. */
export function FolderRow({ row, tabIndex, onToggle }: FolderRowProps) {
  const name =
    row.kind === "month"
      ? monthNames.format(Date.UTC(2024, row.month - 1))
      : row.year === 0
        ? "Undated"
        : String(row.year);
  return (
    <button
      type="button"
      data-stop
      tabIndex={tabIndex}
      aria-expanded={row.isOpen}
      onClick={() => onToggle(row.key)}
      className={cx(
        "flex h-full w-full items-center gap-1.5 rounded-control pr-2.5 text-left text-14 hover:bg-hover",
        row.kind === "month" ? "pl-6 text-ink-soft" : "pl-1.5 font-medium text-ink",
      )}
    >
      <ChevronRight
        size={16}
        aria-hidden
        className={cx("shrink-0 text-ink-muted transition-transform duration-120", row.isOpen && "rotate-90")}
      />
      <span className="tabular min-w-0 flex-1 truncate">{name}</span>
      <span className="tabular text-12 text-ink-muted">
        {formatCount(row.count)}
        <span className="sr-only"> {row.count === 1 ? "conversation" : "conversations"}</span>
      </span>
    </button>
  );
}
