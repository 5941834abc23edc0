import type { Session } from "@chatty/server/api";
import { Link } from "@tanstack/react-router";
import { Ellipsis, House } from "lucide-react";
import { memo } from "react";
import { cx } from "../../ui/class-names.ts";
import { formatDate } from "../../ui/format.ts";
import type { MenuPlace } from "./row-menu.tsx";
import { RenameField } from "./rename-field.tsx";
import { titleOf } from "./session-title.ts";

interface SessionRowProps {
  /** Key of the row; handed to every callback, so that one function serves all rows. */
  rowKey: string;
  session: Session;
  isActive: boolean;
  isRenaming: boolean;
  isIndented?: boolean;
  /** 0 for the one row of the list that Tab stops at. */
  tabIndex: 0 | -1;
  onOpen: () => void;
  onMenu: (rowKey: string, session: Session, place: MenuPlace) => void;
  onRenameStart: (rowKey: string) => void;
  /** Undefined when the title stays as it is. */
  onRename: (rowKey: string, session: Session, title: string | undefined) => void;
  onDelete: (session: Session) => void;
}

/** One conversation in the sidebar. The home alone carries an icon. */
export const SessionRow = memo(function SessionRow({
  rowKey,
  session,
  isActive,
  isRenaming,
  isIndented = false,
  tabIndex,
  onOpen,
  onMenu,
  onRenameStart,
  onRename,
  onDelete,
}: SessionRowProps) {
  if (isRenaming) {
    return <RenameField title={session.title} onDone={(title) => onRename(rowKey, session, title)} />;
  }
  const time = session.updatedAt ?? session.createdAt;
  const title = titleOf(session);
  return (
    <div
      className={cx(
        "group relative flex h-full items-center rounded-control transition-colors duration-120",
        isActive ? "bg-selected" : "hover:bg-hover",
      )}
      onContextMenu={(event) => {
        event.preventDefault();
        onMenu(rowKey, session, { left: event.clientX, top: event.clientY, width: 0, height: 0 });
      }}
    >
      <Link
        to="/app/chat/$threadId"
        params={{ threadId: session.home ? (session.aliases[0] ?? session.sessionId) : session.sessionId }}
        preload={false}
        data-stop
        data-session-id={session.sessionId}
        tabIndex={tabIndex}
        aria-current={isActive ? "page" : undefined}
        title={time === null ? title : `${title}\n${formatDate(time)}`}
        onClick={onOpen}
        onKeyDown={(event) => {
          if (session.deleted) return;
          if (event.key === "F2") onRenameStart(rowKey);
          if (event.key === "Delete") onDelete(session);
        }}
        className={cx(
          "flex h-full min-w-0 flex-1 items-center gap-2 rounded-control pr-2 pl-2.5 text-14",
          "group-focus-within:pr-8 group-hover:pr-8 coarse:pr-11",
          isActive && "pr-8",
          isIndented && "pl-11.5",
          isActive || session.home ? "font-medium text-ink" : "text-ink-soft",
        )}
      >
        {session.home && (
          <>
            <House size={16} aria-hidden className="shrink-0 text-accent-ink" />
            <span className="sr-only">Home: </span>
          </>
        )}
        <span className="truncate">{title}</span>
      </Link>
      <button
        type="button"
        tabIndex={-1}
        aria-label={`Menu of ${title}`}
        onClick={(event) => {
          const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
          onMenu(rowKey, session, { left, top, width, height });
        }}
        className={cx(
          "absolute right-1 inline-flex size-6 items-center justify-center rounded-control text-ink-muted hover:bg-pressed hover:text-ink",
          "opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 coarse:opacity-100 max-md:right-0 max-md:size-11",
          isActive && "opacity-100",
        )}
      >
        <Ellipsis size={16} />
      </button>
    </div>
  );
});
