import type { Runtime } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Archive, ArrowLeft, ListFilter, Search, Settings, SquarePen, Trash2, X } from "lucide-react";
import { useCallback, useMemo, useState, type ReactNode } from "react";
import { describeError } from "../../api/client.ts";
import { sessionMonths } from "../../api/sessions.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { modifierName } from "../../ui/modifier-key.ts";
import { useDebounced } from "../../ui/use-debounced.ts";
import { ConversationList } from "./conversation-list.tsx";
import { RowShape } from "./month-slot.tsx";
import { RuntimeSwitcher } from "./runtime-switcher.tsx";
import type { SessionActions } from "./session-actions.ts";
import { newestOpen } from "./sidebar-rows.ts";
import { useSidebarRows, type SidebarList, type SidebarView } from "./use-sidebar-rows.ts";

export interface SidebarProps {
  runtimes: readonly Runtime[];
  active: Runtime;
  /** Id or alias of the conversation on the page. */
  threadId: string | undefined;
  actions: SessionActions;
  onSwitch: (runtimeId: string) => void;
  onNewConversation: () => void;
  onManageRuntimes: () => void;
  onOpenPalette: () => void;
  /** A row was followed; a sheet closes then. */
  onFollow: () => void;
  /** The button that folds the sidebar away. */
  foldButton: ReactNode;
}

/** Everything on the left: which runtime, finding a conversation, all of them, and the way to imports and settings. */
export function Sidebar(props: SidebarProps) {
  const { runtimes, active, onSwitch, onManageRuntimes, onNewConversation, onFollow, foldButton } = props;
  return (
    <div className="flex h-full flex-col">
      <div className="flex items-center gap-1 px-2 pt-2 pb-1">
        <RuntimeSwitcher
          runtimes={runtimes}
          active={active}
          onSwitch={onSwitch}
          onManage={onManageRuntimes}
        />
        <IconButton label="New conversation" onClick={onNewConversation}>
          <SquarePen size={16} />
        </IconButton>
        {foldButton}
      </div>
      {/* Another runtime begins with an empty field and closed folders. */}
      <Library key={active.runtimeId} {...props} />
      <nav aria-label="Chatty" className="flex items-center gap-1 border-t border-hairline px-2 py-1.5">
        <FooterLink to="/app/search" onFollow={onFollow}>
          Search
        </FooterLink>
        <FooterLink to="/app" onFollow={onFollow}>
          Runtimes
        </FooterLink>
        <FooterLink to="/app/imports" onFollow={onFollow}>
          Imports
        </FooterLink>
        <span className="flex-1" />
        <Link
          to="/app/settings/$section"
          params={{ section: "providers" }}
          aria-label="Settings"
          title="Settings"
          onClick={onFollow}
          className="inline-flex size-8 items-center justify-center rounded-control text-ink-muted hover:bg-hover hover:text-ink aria-[current=page]:bg-selected aria-[current=page]:text-ink max-md:size-11"
        >
          <Settings size={16} />
        </Link>
      </nav>
    </div>
  );
}

function FooterLink({
  to,
  onFollow,
  children,
}: {
  to: "/app" | "/app/imports" | "/app/search";
  onFollow: () => void;
  children: ReactNode;
}) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: true, includeSearch: false }}
      onClick={onFollow}
      className="flex h-8 items-center rounded-control px-2.5 text-13 text-ink-soft hover:bg-hover hover:text-ink aria-[current=page]:bg-selected aria-[current=page]:text-ink max-md:h-11"
    >
      {children}
    </Link>
  );
}

const viewNames: Record<SidebarView, string> = { current: "", archived: "Archived", deleted: "Deleted" };

function Library({ active, threadId, actions, onOpenPalette, onFollow }: SidebarProps) {
  const [view, setView] = useState<SidebarView>("current");
  const [text, setText] = useState("");
  const words = useDebounced(text.trim(), 120);
  // Until a folder is opened or closed, the newest months of an imported history are open.
  const [chosen, setChosen] = useState<ReadonlySet<string>>();
  const { data: months } = useQuery({
    ...sessionMonths(active.runtimeId),
    enabled: active.kind === "imported",
  });
  const open = useMemo(() => chosen ?? newestOpen(months?.months ?? []), [chosen, months]);
  const toggle = useCallback(
    (key: string) => {
      const after = new Set(open);
      if (!after.delete(key)) after.add(key);
      setChosen(after);
    },
    [open],
  );
  const list = useSidebarRows(active, view, words, open);
  return (
    <>
      <search className="flex items-center gap-1 px-2 pb-1">
        <div className="relative min-w-0 flex-1">
          <Search
            size={16}
            aria-hidden
            className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-muted"
          />
          <input
            type="search"
            aria-label="Search titles"
            placeholder="Search titles"
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape" && text !== "") {
                event.preventDefault();
                setText("");
              }
            }}
            className="h-8 w-full rounded-control bg-hover pr-16 pl-8.5 text-14 text-ink [&::-webkit-search-cancel-button]:hidden max-md:h-11 max-md:text-16"
          />
          {text === "" ? (
            <button
              type="button"
              aria-label={`${modifierName} K: find anything`}
              onClick={onOpenPalette}
              className="absolute top-1/2 right-1 h-6 -translate-y-1/2 rounded-control px-1.5 text-12 text-ink-muted hover:bg-pressed hover:text-ink coarse:hidden"
            >
              {modifierName} K
            </button>
          ) : (
            <button
              type="button"
              aria-label="Clear the search"
              onClick={() => setText("")}
              className="absolute top-1/2 right-1 inline-flex size-6 -translate-y-1/2 items-center justify-center rounded-control text-ink-muted hover:bg-pressed max-md:size-11"
            >
              <X size={16} />
            </button>
          )}
        </div>
        <Menu
          align="end"
          trigger={
            <IconButton label="Archived and deleted conversations">
              <ListFilter size={16} />
            </IconButton>
          }
        >
          <MenuItem
            icon={<ArrowLeft size={16} />}
            isDisabled={view === "current"}
            onSelect={() => setView("current")}
          >
            All conversations
          </MenuItem>
          <MenuItem icon={<Archive size={16} />} onSelect={() => setView("archived")}>
            Archived
          </MenuItem>
          <MenuItem icon={<Trash2 size={16} />} onSelect={() => setView("deleted")}>
            Deleted
          </MenuItem>
        </Menu>
      </search>
      {view !== "current" && (
        <div className="mx-2 flex items-center gap-1 rounded-control bg-hover py-0.5 pr-0.5 pl-2.5">
          <h2 className="flex-1 text-13 font-medium text-ink">{viewNames[view]}</h2>
          <Button tone="quiet" className="h-7 px-2 text-13" onClick={() => setView("current")}>
            Back
          </Button>
        </div>
      )}
      <nav aria-label="Conversations" className="flex min-h-0 flex-1 flex-col">
        <ListBody
          list={list}
          empty={emptyText(view, words, active)}
          threadId={threadId}
          runtime={active}
          actions={actions}
          onOpen={onFollow}
          onToggle={toggle}
          placeKey={`${active.runtimeId} ${view}`}
        />
      </nav>
    </>
  );
}

interface ListBodyProps {
  list: SidebarList;
  empty: string;
  runtime: Runtime;
  threadId: string | undefined;
  actions: SessionActions;
  placeKey: string;
  onOpen: () => void;
  onToggle: (key: string) => void;
}

function ListBody({ list, empty, ...rest }: ListBodyProps) {
  if (list.isLoading) {
    return (
      <div aria-busy className="px-2">
        <span className="sr-only">Loading conversations</span>
        {Array.from({ length: 9 }, (_, index) => (
          <div key={index} className="h-8 max-md:h-11">
            <RowShape index={index} />
          </div>
        ))}
      </div>
    );
  }
  return (
    <>
      {list.error !== null && (
        <div role="alert" className="mx-2 mb-1 rounded-control bg-amber-tint px-2.5 py-2 text-13 text-ink">
          <p>{describeError(list.error).message}</p>
          <Button tone="quiet" className="mt-1 h-7 px-2 text-13" onClick={list.retry}>
            Try again
          </Button>
        </div>
      )}
      {list.rows.length === 0 && list.error === null ? (
        <p className="px-4.5 py-3 text-13 text-ink-muted">{empty}</p>
      ) : (
        <ConversationList rows={list.rows} onNearEnd={list.loadMore} {...rest} />
      )}
    </>
  );
}

function emptyText(view: SidebarView, words: string, runtime: Runtime): string {
  if (words !== "") return `No title in ${runtime.name} has these words.`;
  if (view === "archived") return "Nothing is archived here.";
  if (view === "deleted") return "Nothing is deleted here. What you delete stays here and can be restored.";
  return "No conversations yet.";
}
