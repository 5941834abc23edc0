import { Outlet, useLocation, useNavigate, useParams } from "@tanstack/react-router";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import {
  House,
  Library,
  Menu as MenuIcon,
  PanelLeftClose,
  PanelLeftOpen,
  Search,
  Settings,
  SquarePen,
} from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { putSettings, settings as settingsQuery } from "../api/settings.ts";
import { queryKeys } from "../api/query-keys.ts";
import { Sidebar } from "../features/sidebar/sidebar.tsx";
import { Button, IconButton } from "../ui/button.tsx";
import { hasModifier, modifierName } from "../ui/modifier-key.ts";
import { Sheet } from "../ui/sheet.tsx";
import { StatePage } from "../ui/state-page.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { useIsPhone } from "../ui/use-media.ts";
import { applyAppearance } from "./appearance.ts";
import { ConnectionLine } from "./connection-line.tsx";
import { useSessionActions } from "./use-session-actions.ts";
import { useWorkspace } from "./use-workspace.ts";

const PaletteHost = lazy(() =>
  import("./palette-host.tsx").then((module) => ({ default: module.PaletteHost })),
);
const ImportWatch = lazy(() =>
  import("./import-watch.tsx").then((module) => ({ default: module.ImportWatch })),
);

/** The frame around every page: sidebar or rail, top bar on phones, notices, the palette. */
export function Shell() {
  const workspace = useWorkspace();
  const { threadId } = useParams({ strict: false });
  const actions = useSessionActions(threadId);
  const isPhone = useIsPhone();
  const { isOpen, setOpen } = useSidebarOpen();
  const [isSheetOpen, setSheetOpen] = useState(false);
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const navigate = useNavigate();
  useFocusOnArrival(main);

  const openPalette = useCallback(() => setPaletteOpen(true), []);
  const { active, runtimes, newConversation } = workspace;
  const startNew = useCallback(() => {
    setSheetOpen(false);
    settle(newConversation());
  }, [newConversation]);
  useKeys(openPalette, () => (isPhone ? setSheetOpen(!isSheetOpen) : setOpen(!isOpen)), startNew);

  if (active === undefined && workspace.error !== null) {
    return (
      <main className="h-full">
        <StatePage title="Chatty does not answer" isAlert>
          <p>Nothing of yours is lost: it lies on the machine that Chatty runs on.</p>
          <p>
            Check that <code className="font-mono text-13">chatty serve</code> is still running, or start it
            again and open the link it prints.
          </p>
          <Button tone="primary" onClick={workspace.retry}>
            Try again
          </Button>
        </StatePage>
      </main>
    );
  }

  const sidebar = active !== undefined && (
    <Sidebar
      runtimes={runtimes}
      active={active}
      threadId={threadId}
      actions={actions}
      onSwitch={(runtimeId) => {
        setSheetOpen(false);
        settle(workspace.openRuntime(runtimeId));
      }}
      onNewConversation={startNew}
      onManageRuntimes={() => {
        setSheetOpen(false);
        settle(navigate({ to: "/app" }));
      }}
      onOpenPalette={openPalette}
      onFollow={() => setSheetOpen(false)}
      foldButton={
        <IconButton
          label={isPhone ? "Close the sidebar" : "Fold the sidebar away"}
          onClick={() => (isPhone ? setSheetOpen(false) : setOpen(false))}
        >
          <PanelLeftClose size={16} />
        </IconButton>
      }
    />
  );

  return (
    <div className="flex h-full flex-col md:flex-row">
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-control bg-accent px-3 py-1.5 text-on-accent focus:translate-y-0"
      >
        Skip to the page
      </a>
      {isPhone ? (
        <>
          <header className="flex h-12 shrink-0 items-center gap-1 border-b border-hairline px-1">
            <IconButton label="Open the sidebar" onClick={() => setSheetOpen(true)}>
              <MenuIcon size={20} />
            </IconButton>
            <span className="min-w-0 flex-1 truncate text-14 font-semibold">{active?.name}</span>
            <IconButton label="Find anything" onClick={openPalette}>
              <Search size={20} />
            </IconButton>
            <IconButton label="New conversation" onClick={startNew}>
              <SquarePen size={20} />
            </IconButton>
          </header>
          <Sheet isOpen={isSheetOpen} onOpenChange={setSheetOpen} title="Sidebar">
            {sidebar}
          </Sheet>
        </>
      ) : isOpen ? (
        <aside aria-label="Sidebar" className="w-68 shrink-0 border-r border-hairline bg-sunk">
          {sidebar}
        </aside>
      ) : (
        <aside
          aria-label="Sidebar"
          className="flex w-12 shrink-0 flex-col items-center gap-1 border-r border-hairline bg-sunk py-2"
        >
          <IconButton label="Unfold the sidebar" onClick={() => setOpen(true)}>
            <PanelLeftOpen size={16} />
          </IconButton>
          <IconButton label="New conversation" onClick={startNew}>
            <SquarePen size={16} />
          </IconButton>
          <IconButton label={`Find anything (${modifierName} K)`} onClick={openPalette}>
            <Search size={16} />
          </IconButton>
          <IconButton label="Home conversation" onClick={() => settle(navigate({ to: "/" }))}>
            <House size={16} />
          </IconButton>
          <span className="flex-1" />
          <IconButton label="Runtimes" onClick={() => settle(navigate({ to: "/app" }))}>
            <Library size={16} />
          </IconButton>
          <IconButton
            label="Settings"
            onClick={() =>
              settle(navigate({ to: "/app/settings/$section", params: { section: "providers" } }))
            }
          >
            <Settings size={16} />
          </IconButton>
        </aside>
      )}
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <ConnectionLine />
        <main id="main" ref={main} tabIndex={-1} className="min-h-0 flex-1 outline-none">
          <Outlet />
        </main>
      </div>
      <Toasts />
      <Suspense>
        <ImportWatch />
        {isPaletteOpen && (
          <PaletteHost
            workspace={workspace}
            actions={actions}
            threadId={threadId}
            onClose={() => setPaletteOpen(false)}
          />
        )}
      </Suspense>
    </div>
  );
}

/** Whether the sidebar is unfolded: kept on the server, shown at once. */
function useSidebarOpen() {
  const client = useQueryClient();
  const { data } = useQuery(settingsQuery());
  useEffect(() => {
    if (data !== undefined) applyAppearance(data);
  }, [data]);
  const setOpen = useCallback(
    (sidebarOpen: boolean) => {
      client.setQueryData(settingsQuery().queryKey, (known) =>
        known === undefined ? known : { ...known, sidebarOpen },
      );
      putSettings({ sidebarOpen }).catch(() => client.invalidateQueries({ queryKey: queryKeys.settings }));
    },
    [client],
  );
  return { isOpen: data?.sidebarOpen ?? true, setOpen };
}

/** Another page takes the focus, so that those who listen hear where they are; one that focused something itself keeps it. */
function useFocusOnArrival(main: React.RefObject<HTMLElement | null>) {
  const { pathname } = useLocation();
  const seen = useRef(pathname);
  useEffect(() => {
    if (seen.current === pathname) return;
    seen.current = pathname;
    const element = main.current;
    if (element === null || element.contains(document.activeElement)) return;
    element.focus({ preventScroll: true });
  }, [pathname, main]);
}

function useKeys(onPalette: () => void, onSidebar: () => void, onNew: () => void) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "/" && !isTyping(event)) {
        event.preventDefault();
        onPalette();
        return;
      }
      if (!hasModifier(event)) return;
      const key = event.key.toLowerCase();
      if (key === "k" && !event.shiftKey) onPalette();
      else if (key === "b" && !event.shiftKey) onSidebar();
      else if (key === "o" && event.shiftKey) onNew();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  });
}

/** The key is a letter for whatever has the focus, or part of a command of the browser. */
function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
  const target = event.target instanceof Element ? event.target : null;
  return (
    target?.matches(
      ":is(input, textarea, select, [contenteditable=true], [role=dialog], [role=menu]), :is([contenteditable=true], [role=dialog], [role=menu]) *",
    ) === true
  );
}

/** The work tells the person itself what came of it. */
function settle(work: Promise<unknown>): void {
  work.catch(() => {
    // Nothing is left to tell.
  });
}
