import type { Gpt } from "@chatty/server/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { describeError } from "../../api/client.ts";
import { createGpt, deleteGpt, gptList, putGpt, undoGpt } from "../../api/gpts.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { OriginMark } from "../../ui/origin-mark.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { showToast } from "../../ui/toast-store.ts";
import { ConstructForm, type ConstructDraft } from "./construct-form.tsx";
import { run, useChange } from "./use-change.ts";

/** Personalities that one makes oneself; each gets a runtime with a home of its own. */
export function ConstructsSection({ onOpenRuntime }: { onOpenRuntime: (runtimeId: string) => void }) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(gptList());
  const change = useChange(queryKeys.gpts);
  const [editing, setEditing] = useState<Gpt | "new">();
  const [deleting, setDeleting] = useState<Gpt>();
  /** Says what was done, and offers to take it back. */
  const tell = (message: string, gpt: Gpt) => {
    const undo = async () => {
      await change(() => undoGpt(gpt.constructId), "Taken back.");
      await client.invalidateQueries({ queryKey: queryKeys.runtimes });
    };
    showToast({ message, action: { label: "Undo", onAct: () => run(undo()) } });
  };
  const save = async (draft: ConstructDraft) => {
    if (editing === undefined) return;
    const isSaved =
      editing === "new"
        ? await change(
            () => createGpt(draft),
            `${draft.name} was made, with a runtime and a home of its own.`,
          )
        : await change(() => putGpt(editing.id, draft));
    if (!isSaved) return;
    if (editing !== "new") tell("Saved.", editing);
    setEditing(undefined);
    await client.invalidateQueries({ queryKey: queryKeys.runtimes });
  };
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-start gap-3">
        <p className="max-w-[62ch] min-w-0 flex-1 basis-72 text-14 text-ink-soft">
          A construct is a lasting personality with instructions of its own. It lives in a runtime of its own,
          where its conversations and its home are.
        </p>
        <Button tone="primary" onClick={() => setEditing("new")}>
          <Plus size={16} aria-hidden />
          New construct
        </Button>
      </div>
      {error !== null && (
        <div role="alert" className="flex flex-col items-start gap-2 rounded-card bg-amber-tint p-4">
          <p>{describeError(error).message}</p>
          <Button onClick={() => run(refetch())}>Try again</Button>
        </div>
      )}
      {data === undefined && error === null && <Skeleton className="h-40" />}
      {data?.gpts.length === 0 && (
        <p className="rounded-card border border-dashed border-control-line/60 bg-sunk p-5 text-14 text-ink-soft">
          None yet. Make one for a task you come back to: a reviewer, a tutor, a character.
        </p>
      )}
      {data !== undefined && data.gpts.length > 0 && (
        <ul className="divide-y divide-hairline rounded-card border border-hairline bg-raised">
          {data.gpts.map((gpt) => (
            <li key={gpt.id} className="flex flex-wrap items-center gap-3 px-4 py-3">
              <OriginMark origin={{ kind: "custom", name: gpt.name }} size="large" />
              <div className="min-w-0 flex-1 basis-44">
                <p className="truncate font-medium">{gpt.name}</p>
                <p className="truncate text-13 text-ink-muted">{gpt.description ?? gpt.constructId}</p>
              </div>
              {gpt.runtimeId !== undefined && (
                <Button
                  aria-label={`Open ${gpt.name}`}
                  onClick={() => {
                    if (gpt.runtimeId !== undefined) onOpenRuntime(gpt.runtimeId);
                  }}
                >
                  Open
                </Button>
              )}
              <Button tone="quiet" aria-label={`Edit ${gpt.name}`} onClick={() => setEditing(gpt)}>
                Edit
              </Button>
              <Button tone="quiet" aria-label={`Delete ${gpt.name}`} onClick={() => setDeleting(gpt)}>
                Delete
              </Button>
            </li>
          ))}
        </ul>
      )}
      {editing !== undefined && (
        <Dialog
          isOpen
          isWide
          onOpenChange={(isOpen) => {
            if (!isOpen) setEditing(undefined);
          }}
          title={editing === "new" ? "New construct" : `Edit ${editing.name}`}
        >
          <ConstructForm
            gpt={editing === "new" ? undefined : editing}
            onSave={save}
            onCancel={() => setEditing(undefined)}
          />
        </Dialog>
      )}
      {deleting !== undefined && (
        <Dialog
          isOpen
          onOpenChange={(isOpen) => {
            if (!isOpen) setDeleting(undefined);
          }}
          title={`Delete ${deleting.name}?`}
          description="It answers no more and its settings go. Its conversations stay on disk, and its runtime can be restored on the page of runtimes."
          actions={
            <>
              <Button onClick={() => setDeleting(undefined)}>Keep it</Button>
              <Button
                tone="danger"
                onClick={() => {
                  setDeleting(undefined);
                  const remove = async () => {
                    const isDeleted = await change(() => deleteGpt(deleting.id));
                    if (isDeleted) tell(`${deleting.name} was deleted.`, deleting);
                    await client.invalidateQueries({ queryKey: queryKeys.runtimes });
                  };
                  run(remove());
                }}
              >
                Delete
              </Button>
            </>
          }
        />
      )}
    </div>
  );
}
