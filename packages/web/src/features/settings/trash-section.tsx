import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { queryKeys } from "../../api/query-keys.ts";
import { putSettings, settings } from "../../api/settings.ts";
import { purgeFromTrash, restoreFromTrash, trashList, type TrashEntry } from "../../api/trash.ts";
import { Button } from "../../ui/button.tsx";
import { ChoiceRow } from "../../ui/choice-row.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { formatAmount, formatDate } from "../../ui/format.ts";
import { run, useChange } from "./use-change.ts";

const shownAtFirst = 8;
const rests = ["30", "90", "365", "ever"] as const;

/** What was deleted, until when it can be brought back, and the way to be rid of it sooner. */
export function TrashSection() {
  const client = useQueryClient();
  const { data } = useQuery(trashList());
  const change = useChange(queryKeys.trash);
  const [purging, setPurging] = useState<TrashEntry>();
  const [isWhole, setWhole] = useState(false);
  const entries = data?.entries ?? [];
  const act = async (work: () => Promise<unknown>, done: string) => {
    if (!(await change(work, done))) return;
    await Promise.all([
      client.invalidateQueries({ queryKey: queryKeys.sessions }),
      client.invalidateQueries({ queryKey: queryKeys.runtimes }),
    ]);
  };
  return (
    <section aria-labelledby="trash" className="flex max-w-[70ch] flex-col gap-3">
      <h2 id="trash" className="text-14 font-semibold">
        Trash
      </h2>
      {data !== undefined && entries.length === 0 && (
        <p className="text-14 text-ink-soft">It is empty. What you delete rests here before it goes.</p>
      )}
      <ul className="flex flex-col gap-1">
        {(isWhole ? entries : entries.slice(0, shownAtFirst)).map((entry) => (
          <li key={entry.sessionId ?? entry.runtimeId} className="flex flex-wrap items-center gap-2 text-14">
            <span className="min-w-40 flex-1">
              <span className="block truncate">{titleOf(entry)}</span>
              <span className="block text-13 text-ink-muted">
                {entry.kind === "runtime" ? "Runtime, " : ""}
                {formatAmount(entry.messageCount, "message")}, deleted {formatDate(entry.deletedAt)}
                {entry.until === undefined ? "" : `, goes ${formatDate(entry.until)}`}
              </span>
            </span>
            <Button
              className="h-7 px-2 text-13"
              aria-label={`Restore ${titleOf(entry)}`}
              onClick={() => run(act(() => restoreFromTrash(entry), "It is back."))}
            >
              Restore
            </Button>
            {canPurge(entry) && (
              <Button
                tone="quiet"
                className="h-7 px-2 text-13"
                aria-label={`Delete ${titleOf(entry)} for good`}
                onClick={() => setPurging(entry)}
              >
                Delete for good…
              </Button>
            )}
          </li>
        ))}
      </ul>
      {entries.length > shownAtFirst && (
        <Button tone="quiet" className="self-start" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show the newest only" : `Show all ${entries.length}`}
        </Button>
      )}
      <RestChoice />
      {purging !== undefined && (
        <Dialog
          isOpen
          onOpenChange={(isOpen) => {
            if (!isOpen) setPurging(undefined);
          }}
          title={`Delete “${titleOf(purging)}” for good?`}
          actions={
            <>
              <Button onClick={() => setPurging(undefined)}>Keep it</Button>
              <Button
                tone="danger"
                onClick={() => {
                  setPurging(undefined);
                  run(act(() => purgeFromTrash(purging), "It is gone for good."));
                }}
              >
                Delete for good
              </Button>
            </>
          }
        >
          <p className="text-14 text-ink-soft">
            {purging.kind === "runtime"
              ? "All its conversations, what you continued from them, and the exports they came from leave this vault."
              : "Its messages, files and drafts leave this vault."}{" "}
            Nothing brings them back, but a backup that was taken before into another folder.
          </p>
        </Dialog>
      )}
    </section>
  );
}

function titleOf({ title }: TrashEntry): string {
  return title === "" ? "Untitled" : title;
}

/** An imported conversation goes with its import, never alone: the export stays whole. */
function canPurge({ kind, imported }: TrashEntry): boolean {
  return kind === "runtime" || !imported;
}

function RestChoice() {
  const { data } = useQuery(settings());
  const change = useChange(queryKeys.settings);
  const renew = useChange(queryKeys.trash);
  if (data === undefined) return null;
  const days = data["trash.days"];
  const value = days === false ? "ever" : String(days);
  const known = rests.find((rest) => rest === value);
  const put = async (rest: string) => {
    const made = await change(() => putSettings({ "trash.days": rest === "ever" ? false : Number(rest) }));
    if (made) await renew(async () => await Promise.resolve());
  };
  return (
    <ChoiceRow
      label="What is deleted rests"
      value={value}
      choices={[
        { value: "30", label: "30 days" },
        { value: "90", label: "90 days" },
        { value: "365", label: "A year" },
        { value: "ever", label: "For ever" },
        ...(known === undefined ? [{ value, label: `${value} days` }] : []),
      ]}
      hint="Then it goes for good. What goes, and when, is written down without its content."
      onChange={(rest) => run(put(rest))}
    />
  );
}
