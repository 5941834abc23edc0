import type { Runtime } from "@chatty/server/api";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { formatAmount } from "../../ui/format.ts";

interface RemoveDialogProps {
  runtime: Runtime;
  onClose: () => void;
  onRemove: () => void;
}

/** Says what goes and what stays before a runtime is taken off the shelf. */
export function RemoveDialog({ runtime, onClose, onRemove }: RemoveDialogProps) {
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      title={`Remove ${runtime.name}?`}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button tone="danger" onClick={onRemove}>
            Remove
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 text-14 text-ink-soft">
        <p>
          It leaves the shelf, the sidebar and searches, with its{" "}
          {formatAmount(runtime.conversationCount, "conversation")}.
        </p>
        <p>
          <strong className="font-semibold text-ink">Everything stays on disk:</strong>{" "}
          {runtime.kind === "imported"
            ? "the export as it came, what you continued from it, its home, titles, stars and the archive."
            : "all conversations, its home, titles, stars and the archive."}{" "}
          You can restore it at any time under “Removed” on this page.
        </p>
      </div>
    </Dialog>
  );
}
