import type { Backup, RestoreReport } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { previewRestore, startRestore } from "../../api/backups.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { dataPlace } from "../../api/settings.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { formatAmount, formatBytes, formatExactTime } from "../../ui/format.ts";
import { run, useChange } from "./use-change.ts";

interface RestoreDialogProps {
  backup: Backup;
  onClose: () => void;
}

/** Says what a backup holds and where it would go, before anything is written. The vault that is open is never touched. */
export function RestoreDialog({ backup, onClose }: RestoreDialogProps) {
  const { data: place } = useQuery(dataPlace());
  const change = useChange(queryKeys.jobs);
  const [typed, setTyped] = useState<string>();
  const [preview, setPreview] = useState<RestoreReport>();
  const day = new Date(backup.at).toISOString().slice(0, 10);
  const home = typed ?? (place === undefined ? "" : `${place.home}-restored-${day}`);
  const look = async () => {
    await change(async () => setPreview(await previewRestore(backup.backupId, { home })));
  };
  const restore = async () => {
    if (await change(() => startRestore(backup.backupId, { home }))) onClose();
  };
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      title={`Restore the backup of ${formatExactTime(backup.at)}`}
      description="Into a folder of its own. What you have now stays as it is."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {preview === undefined ? (
            <Button tone="primary" disabled={home === ""} onClick={() => run(look())}>
              Show what it would restore
            </Button>
          ) : (
            <Button tone="primary" onClick={() => run(restore())}>
              Restore
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-4 pb-2 text-14 text-ink-soft">
        <TextField
          label="Folder"
          hint="One that is not there yet, or is empty."
          value={home}
          onChange={(event) => {
            setTyped(event.target.value);
            setPreview(undefined);
          }}
        />
        {preview !== undefined && (
          <p>
            {formatAmount(preview.sessions, "conversation")} of your own and everything you imported, as of{" "}
            {formatExactTime(preview.at)}: {formatAmount(preview.files, "file")}, {formatBytes(preview.bytes)}
            , into <span className="font-mono text-13 break-all">{preview.path}</span>. Everything is read
            back before it is put there.
          </p>
        )}
      </div>
    </Dialog>
  );
}
