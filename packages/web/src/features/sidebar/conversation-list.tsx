import type { Runtime, Session } from "@chatty/server/api";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { Star } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useIsPhone } from "../../ui/use-media.ts";
import { FolderRow } from "./folder-row.tsx";
import { MonthSlot, RowShape } from "./month-slot.tsx";
import { PurgeDialog } from "./purge-dialog.tsx";
import { act, RowMenu, type MenuPlace } from "./row-menu.tsx";
import type { SessionActions } from "./session-actions.ts";
import { SessionRow } from "./session-row.tsx";
import { isStop, nextStop, type SidebarRow } from "./sidebar-rows.ts";

interface ConversationListProps {
  runtime: Runtime;
  rows: readonly SidebarRow[];
  /** Id or alias of the conversation on the page. */
  threadId: string | undefined;
  /** What the place in the list is remembered under while the page is open. */
  placeKey: string;
  actions: SessionActions;
  onOpen: () => void;
  onToggle: (key: string) => void;
  onNearEnd: () => void;
}

const remembered = new Map<string, number>();

/** The list itself: only what shows is drawn. Arrow keys walk it, F2 renames, Delete deletes, the menu key opens the menu. */
export function ConversationList({
  runtime,
  rows,
  threadId,
  placeKey,
  actions,
  onOpen,
  onToggle,
  onNearEnd,
}: ConversationListProps) {
  const isPhone = useIsPhone();
  const scroller = useRef<HTMLDivElement>(null);
  const [stopKey, setStopKey] = useState<string>();
  const [renaming, setRenaming] = useState<string>();
  const [menu, setMenu] = useState<{ rowKey: string; session: Session; place: MenuPlace }>();
  const [purging, setPurging] = useState<Session>();
  const wanted = useRef<number>(undefined);

  const activeAt = useMemo(
    () => rows.findIndex((row) => row.kind === "session" && isSession(row.session, threadId)),
    [rows, threadId],
  );
  const stopAt = useMemo(() => {
    const chosen = stopKey === undefined ? -1 : rows.findIndex((row) => row.key === stopKey);
    if (chosen !== -1) return chosen;
    return activeAt === -1 ? rows.findIndex(isStop) : activeAt;
  }, [rows, stopKey, activeAt]);

  // Stable between lists: another function would have all rows, however many, measured anew with every frame.
  const estimateSize = useCallback(
    (at: number) => (rows[at]?.kind === "heading" ? 36 : isPhone ? 44 : 32),
    [rows, isPhone],
  );
  const getItemKey = useCallback((at: number) => rows[at]?.key ?? at, [rows]);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize,
    getItemKey,
    overscan: 10,
    initialOffset: remembered.get(placeKey) ?? 0,
    // The row that Tab stops at must exist even when it is scrolled away.
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      if (stopAt === -1 || shown.includes(stopAt)) return shown;
      return [...shown, stopAt].toSorted((a, b) => a - b);
    },
  });
  const items = virtualizer.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const isNearEnd = rows.slice(lastShown, lastShown + 30).some((row) => row.kind === "pending");
  useEffect(() => {
    if (isNearEnd) onNearEnd();
  });

  const focusRow = useCallback((at: number) => {
    const stop = scroller.current?.querySelector<HTMLElement>(`[data-row="${at}"] [data-stop]`);
    stop?.focus({ preventScroll: true });
    return stop !== null && stop !== undefined;
  }, []);
  useEffect(() => {
    if (wanted.current !== undefined && focusRow(wanted.current)) wanted.current = undefined;
  });
  const goTo = (at: number) => {
    const row = rows[at];
    if (row === undefined) return;
    setStopKey(row.key);
    virtualizer.scrollToIndex(at, { align: "auto" });
    wanted.current = focusRow(at) ? undefined : at;
  };

  // On the list as a whole: rows come and go while a key is held.
  useEffect(() => {
    const list = scroller.current;
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target.closest("[data-row]") : null;
      const at = Number(target?.getAttribute("data-row") ?? "-1");
      const row = rows[at];
      if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement) return;
      const isFolder = row.kind === "year" || row.kind === "month";
      const acts: Record<string, (() => void) | false> = {
        ArrowDown: () => goTo(nextStop(rows, at, 1)),
        ArrowUp: () => goTo(nextStop(rows, at, -1)),
        Home: () => goTo(nextStop(rows, -1, 1)),
        End: () => goTo(nextStop(rows, rows.length, -1)),
        ArrowRight: isFolder && !row.isOpen && (() => onToggle(row.key)),
        ArrowLeft: isFolder && row.isOpen && (() => onToggle(row.key)),
      };
      const work = acts[event.key];
      if (work === undefined || work === false) return;
      event.preventDefault();
      work();
    };
    list?.addEventListener("keydown", onKeyDown);
    return () => list?.removeEventListener("keydown", onKeyDown);
  });

  const openMenu = useCallback(
    (rowKey: string, session: Session, place: MenuPlace) => setMenu({ rowKey, session, place }),
    [],
  );
  const remove = (session: Session) => {
    const at = rows.findIndex((row) => row.key === session.sessionId);
    const next = nextStop(rows, at, 1);
    // The focus goes on to a neighbour before the row goes.
    if (at !== -1) goTo(next === at ? nextStop(rows, at, -1) : next);
    act(actions.remove(session));
  };
  const removeNow = useRef(remove);
  useEffect(() => {
    removeNow.current = remove;
  });
  const onDelete = useCallback((session: Session) => removeNow.current(session), []);
  const finishRename = useCallback(
    (rowKey: string, session: Session, title: string | undefined) => {
      setRenaming(undefined);
      wanted.current = rows.findIndex((row) => row.key === rowKey);
      if (title !== undefined) act(actions.rename(session, title));
    },
    [actions, rows],
  );

  const drawSession = (row: SidebarRow, session: Session, at: number, isIndented: boolean) => (
    <SessionRow
      rowKey={row.key}
      session={session}
      isActive={isSession(session, threadId)}
      isRenaming={renaming === row.key}
      isIndented={isIndented}
      tabIndex={at === stopAt ? 0 : -1}
      onOpen={onOpen}
      onMenu={openMenu}
      onRenameStart={setRenaming}
      onRename={finishRename}
      onDelete={onDelete}
    />
  );

  return (
    <div
      ref={scroller}
      className="relative min-h-0 flex-1 overflow-y-auto overscroll-contain pl-2 [scrollbar-gutter:stable] [scrollbar-width:thin]"
      onScroll={(event) => remembered.set(placeKey, event.currentTarget.scrollTop)}
    >
      <ul className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <li
              key={item.key}
              data-row={item.index}
              className="absolute inset-x-0 top-0"
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
            >
              {row.kind === "session" && drawSession(row, row.session, item.index, false)}
              {row.kind === "slot" && (
                <MonthSlot runtimeId={runtime.runtimeId} year={row.year} month={row.month} index={row.index}>
                  {(session) => drawSession(row, session, item.index, true)}
                </MonthSlot>
              )}
              {(row.kind === "year" || row.kind === "month") && (
                <FolderRow row={row} tabIndex={item.index === stopAt ? 0 : -1} onToggle={onToggle} />
              )}
              {row.kind === "heading" && <Heading label={row.label} />}
              {row.kind === "pending" && <RowShape index={item.index} />}
            </li>
          );
        })}
      </ul>
      {menu !== undefined && (
        <RowMenu
          session={menu.session}
          place={menu.place}
          actions={{
            ...actions,
            remove: async (session) => {
              onDelete(session);
            },
          }}
          onRename={() => setRenaming(menu.rowKey)}
          onPurge={() => setPurging(menu.session)}
          onClosed={() => {
            wanted.current = rows.findIndex((row) => row.key === menu.rowKey);
            setMenu(undefined);
          }}
        />
      )}
      {purging !== undefined && (
        <PurgeDialog
          session={purging}
          onClose={() => setPurging(undefined)}
          onPurge={() => {
            setPurging(undefined);
            act(actions.purge(purging));
          }}
        />
      )}
    </div>
  );
}

function Heading({ label }: { label: string }) {
  return (
    <div className="flex h-full items-end gap-1.5 px-2.5 pb-1.5 text-12 font-medium text-ink-muted">
      {label === "Starred" && <Star size={12} aria-hidden className="mb-0.5" />}
      {label}
    </div>
  );
}

function isSession(session: Session, threadId: string | undefined): boolean {
  return threadId !== undefined && (session.sessionId === threadId || session.aliases.includes(threadId));
}
