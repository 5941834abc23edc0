import type { Session } from "@chatty/server/api";
import { Archive, ArchiveRestore, House, Pencil, RotateCcw, Star, StarOff, Trash2 } from "lucide-react";
import { Menu, MenuItem, MenuLine } from "../../ui/menu.tsx";
import type { SessionActions } from "./session-actions.ts";

/** Where a menu opens, in pixels of the window. */
export interface MenuPlace {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface RowMenuProps {
  session: Session;
  place: MenuPlace;
  actions: SessionActions;
  onRename: () => void;
  onPurge: () => void;
  /** `isHandled` when something else takes the focus, else the row gets it back. */
  onClosed: () => void;
}

/** The menu of one row. There is one for the whole list: a menu per row would be paid for while scrolling. */
export function RowMenu({ session, place, actions, onRename, onPurge, onClosed }: RowMenuProps) {
  return (
    <Menu
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClosed();
      }}
      onClosed={(event) => event.preventDefault()}
      trigger={<span aria-hidden className="pointer-events-none fixed" style={place} />}
    >
      {session.deleted ? (
        <>
          <MenuItem icon={<RotateCcw size={16} />} onSelect={() => act(actions.restore(session))}>
            Restore
          </MenuItem>
          {!session.imported && (
            <MenuItem icon={<Trash2 size={16} />} isDanger onSelect={onPurge}>
              Delete for good…
            </MenuItem>
          )}
        </>
      ) : (
        <>
          <MenuItem icon={<Pencil size={16} />} hint="F2" onSelect={onRename}>
            Rename
          </MenuItem>
          <MenuItem
            icon={session.starred ? <StarOff size={16} /> : <Star size={16} />}
            onSelect={() => act(actions.setStarred(session, !session.starred))}
          >
            {session.starred ? "Remove star" : "Star"}
          </MenuItem>
          {!session.home && (
            <MenuItem icon={<House size={16} />} onSelect={() => act(actions.makeHome(session))}>
              {session.imported ? "Continue as home" : "Make home"}
            </MenuItem>
          )}
          {!session.home && (
            <MenuItem
              icon={session.archived ? <ArchiveRestore size={16} /> : <Archive size={16} />}
              onSelect={() => act(actions.setArchived(session, !session.archived))}
            >
              {session.archived ? "Take out of the archive" : "Archive"}
            </MenuItem>
          )}
          <MenuLine />
          <MenuItem
            icon={<Trash2 size={16} />}
            hint="Del"
            isDanger
            onSelect={() => act(actions.remove(session))}
          >
            Delete
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

/** Actions tell the person themselves what came of them. */
export function act(work: Promise<void>): void {
  work.catch(() => {
    // Nothing is left to tell.
  });
}
