import type { SearchMode, SearchSort } from "@chatty/server/api";
import {
  Bookmark,
  ChevronDown,
  Ellipsis,
  FileJson,
  FileSpreadsheet,
  FileText,
  ListFilter,
} from "lucide-react";
import type { ReactNode } from "react";
import { searchExportUrl, type Question } from "../../api/search.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Menu, MenuChoice, MenuItem, MenuLine } from "../../ui/menu.tsx";
import { modeNames, shortModeNames, shortSortNames, sortNames } from "./search-words.ts";

interface SearchToolbarProps {
  question: Question;
  status: ReactNode;
  isEmpty: boolean;
  onMode: (mode: SearchMode) => void;
  onSort: (sort: SearchSort) => void;
  onSave: () => void;
  /** Where there is no room for the counts beside the results. */
  onFilters: (() => void) | undefined;
}

const modes: readonly SearchMode[] = ["hybrid", "text", "semantic"];
const sorts: readonly SearchSort[] = ["best", "newest"];

/** How much was found, how it is found and ordered, and what can be done with all of it. */
export function SearchToolbar(props: SearchToolbarProps) {
  const { question, status, isEmpty, onMode, onSort, onSave, onFilters } = props;
  return (
    <div className="mt-2 flex min-h-8 flex-wrap items-center gap-x-1">
      <div className="min-w-0 flex-1 text-13 text-ink-muted max-md:min-w-24">{status}</div>
      {onFilters !== undefined && (
        <IconButton label="Filters" onClick={onFilters}>
          <ListFilter size={16} aria-hidden />
        </IconButton>
      )}
      <Choice label="Find by" value={modeNames[question.mode]} short={shortModeNames[question.mode]}>
        {modes.map((mode) => (
          <MenuChoice key={mode} isChosen={mode === question.mode} onSelect={() => onMode(mode)}>
            {modeNames[mode]}
          </MenuChoice>
        ))}
      </Choice>
      <Choice label="Order" value={sortNames[question.sort]} short={shortSortNames[question.sort]}>
        {sorts.map((sort) => (
          <MenuChoice key={sort} isChosen={sort === question.sort} onSelect={() => onSort(sort)}>
            {sortNames[sort]}
          </MenuChoice>
        ))}
      </Choice>
      <Menu
        align="end"
        trigger={
          <IconButton label="More about this search" disabled={isEmpty}>
            <Ellipsis size={16} aria-hidden />
          </IconButton>
        }
      >
        <MenuItem icon={<Bookmark size={16} />} onSelect={onSave}>
          Save this search
        </MenuItem>
        <MenuLine />
        <MenuItem icon={<FileText size={16} />} onSelect={() => download(searchExportUrl(question, "md"))}>
          Export as Markdown
        </MenuItem>
        <MenuItem
          icon={<FileSpreadsheet size={16} />}
          onSelect={() => download(searchExportUrl(question, "csv"))}
        >
          Export as CSV
        </MenuItem>
        <MenuItem icon={<FileJson size={16} />} onSelect={() => download(searchExportUrl(question, "json"))}>
          Export as JSON
        </MenuItem>
      </Menu>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  /** Where there is little room. */
  short: string;
  children: ReactNode;
}

function Choice({ label, value, short, children }: ChoiceProps) {
  return (
    <Menu
      align="end"
      trigger={
        <Button
          tone="quiet"
          className="gap-1 px-2 text-13 font-normal max-md:px-2!"
          aria-label={`${label}: ${value}`}
        >
          <span className="max-md:hidden">{value}</span>
          <span className="md:hidden">{short}</span>
          <ChevronDown size={14} aria-hidden className="text-ink-muted" />
        </Button>
      }
    >
      {children}
    </Menu>
  );
}

/** The server streams the file; nothing of it is held here. */
function download(address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}
