import type { Backup, RestoreReport, RestoreRequest } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { previewRestore, startRestore } from "../../api/backups.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { dataPlace } from "../../api/settings.ts";
import { Button } from "../../ui/button.tsx";
import { ChoiceRow } from "../../ui/choice-row.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { formatAmount, formatBytes, formatExactTime } from "../../ui/format.ts";
import { run, useChange } from "./use-change.ts";

interface RestoreDialogProps {
  backup: Backup;
  onClose: () => void;
}

/** Says what a backup holds and what would become of it, before anything is written. Nothing that is there is ever overwritten. */
export function RestoreDialog({ backup, onClose }: RestoreDialogProps) {
  const { data: place } = useQuery(dataPlace());
  const change = useChange(queryKeys.jobs);
  const [way, setWay] = useState<"beside" | "here">("beside");
  const [typed, setTyped] = useState<string>();
  const [preview, setPreview] = useState<RestoreReport>();
  const [isLooking, setLooking] = useState(false);
  const day = new Date(backup.at).toISOString().slice(0, 10);
  const home = typed ?? (place === undefined ? "" : `${place.home}-restored-${day}`);
  const where: RestoreRequest = way === "beside" ? { home } : {};
  const look = async () => {
    setLooking(true);
    await change(async () => setPreview(await previewRestore(backup.backupId, where)));
    setLooking(false);
  };
  const restore = async () => {
    if (await change(() => startRestore(backup.backupId, where))) onClose();
  };
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      title={`Restore the backup of ${formatExactTime(backup.at)}`}
      description="What you have now stays as it is."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {preview === undefined ? (
            <Button
              tone="primary"
              disabled={isLooking || (way === "beside" && home === "")}
              onClick={() => run(look())}
            >
              {isLooking ? "Looking…" : "Show what it would restore"}
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
        <ChoiceRow
          label="How"
          value={way}
          choices={[
            { value: "beside", label: "Into a folder of its own" },
            { value: "here", label: "Add here what is missing" },
          ]}
          onChange={(next) => {
            setWay(next);
            setPreview(undefined);
          }}
        />
        {way === "beside" && (
          <TextField
            label="Folder"
            hint="One that is not there yet, or is empty."
            value={home}
            onChange={(event) => {
              setTyped(event.target.value);
              setPreview(undefined);
            }}
          />
        )}
        {preview !== undefined && <Preview report={preview} />}
      </div>
    </Dialog>
  );
}

function Preview({ report }: { report: RestoreReport }) {
  const { added } = report;
  if (added === undefined) {
    return (
      <p>
        {formatAmount(report.sessions, "conversation")} of your own and everything you imported, as of{" "}
        {formatExactTime(report.at)}: {formatAmount(report.files, "file")}, {formatBytes(report.bytes)}, into{" "}
        <span className="font-mono text-13 break-all">{report.path}</span>. Everything is read back before it
        is put there.
      </p>
    );
  }
  const of = (kind: string) => added[kind] ?? 0;
  if (Object.values(added).every((count) => count === 0)) {
    return <p>Nothing is missing: all that this backup has is here.</p>;
  }
  return (
    <p>
      It would add {formatAmount(of("sessions"), "conversation")}, {formatAmount(of("records"), "record")},{" "}
      {formatAmount(of("imports"), "import")} and {formatAmount(of("files"), "file")} that are not here. What
      both have stays as it is here.
    </p>
  );
}
