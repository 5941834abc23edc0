import type { Job } from "@chatty/server/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { markActiveRuntime } from "../api/event-cache.ts";
import { jobList } from "../api/imports.ts";
import { queryKeys } from "../api/query-keys.ts";
import { runtimeList } from "../api/runtimes.ts";
import { receiptSentence } from "../features/imports/receipt-sentence.ts";
import { takeFollowed } from "../features/imports/upload-store.ts";
import { showProblem, showToast } from "../ui/toast-store.ts";

/** Leads on from the end of an import that this page began: to the home of its runtime, with the receipt in a sentence. */
export function ImportWatch() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { data } = useQuery(jobList());
  useEffect(() => {
    const openHome = async (job: Job) => {
      if (job.runtimeId !== undefined) markActiveRuntime(client, job.runtimeId);
      // The new runtime must be known before the sidebar can show it.
      await client.invalidateQueries({ queryKey: queryKeys.runtimes });
      const { runtimes } = await client.ensureQueryData(runtimeList());
      const slug = job.homeSlug ?? runtimes.find((runtime) => runtime.runtimeId === job.runtimeId)?.homeSlug;
      if (slug !== undefined) await navigate({ to: "/app/chat/$threadId", params: { threadId: slug } });
      if (job.receipt === undefined) return;
      showToast({
        message: receiptSentence(job.receipt),
        action: {
          label: "Receipt",
          onAct: () => {
            navigate({ to: "/app/imports" }).catch(() => {
              // A page that cannot be shown says so itself.
            });
          },
        },
      });
    };
    for (const job of data?.jobs ?? []) {
      const hasEnded = job.state === "done" || job.state === "failed" || job.state === "cancelled";
      if (!hasEnded || !takeFollowed(job.jobId)) continue;
      if (job.state === "done") {
        openHome(job).catch(() => {
          // What could not be read is said where it is shown.
        });
      } else if (job.state === "failed" && !showsCards(location.pathname)) {
        showProblem({
          message: job.error?.message ?? `${job.name} could not be imported.`,
          hint: job.error?.hint,
        });
      }
    }
  }, [data, client, navigate]);
  return null;
}

/** Pages on which the card of a failed import tells all. */
function showsCards(pathname: string): boolean {
  return pathname === "/app" || pathname === "/app/imports";
}
