import type { Session } from "@chatty/server/api";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { formatAmount } from "../../ui/format.ts";
import { titleOf } from "./session-title.ts";

interface PurgeDialogProps {
  session: Session;
  onClose: () => void;
  onPurge: () => void;
}

/** Asks before something goes that nothing brings back. */
export function PurgeDialog({ session, onClose, onPurge }: PurgeDialogProps) {
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      title={`Delete “${titleOf(session)}” for good?`}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button tone="danger" onClick={onPurge}>
            Delete for good
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 text-14 text-ink-soft">
        <p>
          Its {formatAmount(session.messageCount, "message")}, files and drafts leave this vault. Nothing
          brings them back.
        </p>
        <p>A backup in another folder that was taken before still holds them until it is thinned out.</p>
      </div>
    </Dialog>
  );
}
