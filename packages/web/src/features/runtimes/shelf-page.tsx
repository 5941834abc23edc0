import type { Runtime } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { removedRuntimeList } from "../../api/runtimes.ts";
import { Button } from "../../ui/button.tsx";
import { formatAmount } from "../../ui/format.ts";
import { OriginMark } from "../../ui/origin-mark.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { RemoveDialog } from "./remove-dialog.tsx";
import { RenameDialog } from "./rename-dialog.tsx";
import { RuntimeCard } from "./runtime-card.tsx";
import { useRuntimeChanges } from "./use-runtime-changes.ts";

interface ShelfPageProps {
  /** Undefined while they are loading. */
  runtimes: readonly Runtime[] | undefined;
  onOpen: (runtimeId: string) => void;
  /** Button that imports, in the head of the page. */
  importButton: ReactNode;
  /** Cards of imports at work. */
  importCards: ReactNode;
  /** What a newcomer is offered; shown until something was imported. */
  invitation: ReactNode;
}

/** Every runtime side by side, Chatty first. */
export function ShelfPage({ runtimes, onOpen, importButton, importCards, invitation }: ShelfPageProps) {
  const changes = useRuntimeChanges();
  const [removing, setRemoving] = useState<Runtime>();
  const [renaming, setRenaming] = useState<Runtime>();
  const { data: removed } = useQuery(removedRuntimeList());
  const isNew = runtimes !== undefined && runtimes.every((runtime) => runtime.kind !== "imported");
  return (
    <div className="relative h-full overflow-y-auto">
      <div className="mx-auto flex max-w-5xl flex-col gap-6 px-6 py-8 max-md:px-4 max-md:py-5">
        <header className="flex flex-wrap items-end gap-3">
          <div className="min-w-0 flex-1 basis-72">
            <h1 className="text-26 font-semibold">Runtimes</h1>
            <p className="mt-1 text-14 text-ink-soft">
              Each is a library of its own, with its own home conversation. Drop an export anywhere here to
              add one.
            </p>
          </div>
          {!isNew && importButton}
        </header>
        {isNew && invitation}
        <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,280px),1fr))] gap-4">
          {importCards}
          {runtimes === undefined &&
            Array.from({ length: 3 }, (_, index) => <Skeleton key={index} className="h-44 rounded-card" />)}
          {runtimes?.map((runtime) => (
            <RuntimeCard
              key={runtime.runtimeId}
              runtime={runtime}
              onOpen={() => onOpen(runtime.runtimeId)}
              onRename={() => setRenaming(runtime)}
              onRemove={runtime.kind === "core" ? undefined : () => setRemoving(runtime)}
            />
          ))}
        </div>
        {removed !== undefined && removed.runtimes.length > 0 && (
          <section aria-labelledby="removed-runtimes">
            <h2 id="removed-runtimes" className="mb-1 text-14 font-semibold">
              Removed
            </h2>
            <p className="mb-2 text-13 text-ink-muted">Still on disk, with everything in them.</p>
            <ul className="divide-y divide-hairline border-y border-hairline">
              {removed.runtimes.map((runtime) => (
                <li key={runtime.runtimeId} className="flex min-h-11 items-center gap-3 py-1.5">
                  <OriginMark origin={runtime} />
                  <span className="min-w-0 flex-1 truncate">{runtime.name}</span>
                  <span className="tabular text-13 text-ink-muted max-md:hidden">
                    {formatAmount(runtime.conversationCount, "conversation")}
                  </span>
                  <Button
                    aria-label={`Restore ${runtime.name}`}
                    onClick={() => {
                      changes.restore(runtime).catch(() => {
                        // Told where it happened.
                      });
                    }}
                  >
                    Restore
                  </Button>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
      {removing !== undefined && (
        <RemoveDialog
          runtime={removing}
          onClose={() => setRemoving(undefined)}
          onRemove={() => {
            setRemoving(undefined);
            changes.remove(removing).catch(() => {
              // Told where it happened.
            });
          }}
        />
      )}
      {renaming !== undefined && (
        <RenameDialog
          runtime={renaming}
          onClose={() => setRenaming(undefined)}
          onRename={(name) => {
            setRenaming(undefined);
            changes.rename(renaming, name).catch(() => {
              // Told where it happened.
            });
          }}
        />
      )}
    </div>
  );
}
