import type { Job } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { jobList } from "../../api/imports.ts";
import { JobCard } from "./job-card.tsx";
import { useUploads } from "./upload-store.ts";

/** A failure stays in sight for this long after the page is opened anew. */
const failureShownMs = 10 * 60_000;

/** A card for each import at work, and for those that failed until they are put away. */
export function JobCards() {
  const { data } = useQuery(jobList());
  const uploads = useUploads();
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const [openedAt] = useState(() => Date.now());
  const shown = (data?.jobs ?? []).filter((job) => {
    if (job.kind !== "import" && job.kind !== "demo") return false;
    if (dismissed.has(job.jobId)) return false;
    if (job.state === "failed") return (job.endedAt ?? 0) > openedAt - failureShownMs;
    return isAtWork(job);
  });
  return shown.map((job) => (
    <JobCard
      key={job.jobId}
      job={job}
      upload={uploads.get(job.jobId)}
      onDismiss={(jobId) => setDismissed((before) => new Set([...before, jobId]))}
    />
  ));
}

export function isAtWork(job: Job): boolean {
  return job.state === "uploading" || job.state === "waiting" || job.state === "running";
}
