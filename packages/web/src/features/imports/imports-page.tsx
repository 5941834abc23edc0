import type { Runtime } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { describeError } from "../../api/client.ts";
import { importList } from "../../api/imports.ts";
import { Button } from "../../ui/button.tsx";
import { formatExactTime, formatRelative } from "../../ui/format.ts";
import { OriginMark } from "../../ui/origin-mark.tsx";
import { providerName } from "../../ui/origin.ts";
import { Skeleton } from "../../ui/skeleton.tsx";
import { DropZone } from "./drop-zone.tsx";
import { FilePicker } from "./file-picker.tsx";
import { JobCards } from "./job-cards.tsx";
import { ReceiptView } from "./receipt-view.tsx";
import { importFiles } from "./import-files.ts";

interface ImportsPageProps {
  runtimes: readonly Runtime[];
  onOpenRuntime: (runtimeId: string) => void;
}

/** Every import ever made, with its receipt. */
export function ImportsPage({ runtimes, onOpenRuntime }: ImportsPageProps) {
  const { data, error, isPending, refetch } = useQuery(importList());
  const [now] = useState(() => Date.now());
  return (
    <div className="relative h-full overflow-y-auto">
      <DropZone onFiles={importFiles} />
      <div className="mx-auto flex max-w-3xl flex-col gap-6 px-6 py-8 max-md:px-4 max-md:py-5">
        <header className="flex flex-wrap items-end gap-3">
          <div className="min-w-0 flex-1 basis-72">
            <h1 className="text-26 font-semibold">Imports</h1>
            <p className="mt-1 text-14 text-ink-soft">
              What came in, when, and what became of every part of it. The exports themselves are kept
              unchanged.
            </p>
          </div>
          <FilePicker tone="primary" onFiles={importFiles}>
            Import an export
          </FilePicker>
        </header>
        <div className="grid gap-3 empty:hidden">
          <JobCards />
        </div>
        {error !== null && (
          <div role="alert" className="flex flex-col items-start gap-2 rounded-card bg-amber-tint p-4">
            <p>{describeError(error).message}</p>
            <p className="text-ink-soft">Your imports are safe; only their list could not be read.</p>
            <Button
              onClick={() => {
                refetch().catch(() => {
                  // The error is shown again.
                });
              }}
            >
              Try again
            </Button>
          </div>
        )}
        {isPending && (
          <div aria-busy className="flex flex-col gap-3">
            <Skeleton className="h-24" />
            <Skeleton className="h-24" />
          </div>
        )}
        {data?.imports.length === 0 && (
          <p className="text-14 text-ink-soft">
            Nothing was imported yet. Drop an export anywhere on this page, or choose one.
          </p>
        )}
        <ol className="flex flex-col">
          {data?.imports.map((entry) => {
            const runtime = runtimes.find((known) => known.runtimeId === entry.runtimeId);
            const name = runtime?.name ?? providerName(entry.source);
            return (
              <li key={entry.importId} className="flex gap-3 border-t border-hairline py-5 first:border-t-0">
                <OriginMark origin={{ kind: "imported", provider: entry.source, name }} />
                <div className="min-w-0 flex-1">
                  <div className="mb-1 flex flex-wrap items-baseline gap-x-3">
                    <h2 className="min-w-0 text-14 font-semibold break-all">{entry.name}</h2>
                    <time
                      dateTime={new Date(entry.at).toISOString()}
                      title={formatExactTime(entry.at)}
                      className="text-13 text-ink-muted"
                    >
                      {formatRelative(entry.at, now)}
                    </time>
                    {runtime !== undefined && (
                      <button
                        type="button"
                        onClick={() => onOpenRuntime(runtime.runtimeId)}
                        className="rounded-control text-13 text-accent-ink hover:underline max-md:min-h-11"
                      >
                        Open {runtime.name}
                      </button>
                    )}
                  </div>
                  <ReceiptView receipt={entry.receipt} importId={entry.importId} />
                </div>
              </li>
            );
          })}
        </ol>
      </div>
    </div>
  );
}
