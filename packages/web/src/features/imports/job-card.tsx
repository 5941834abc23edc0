import type { Job } from "@chatty/server/api";
import { CircleAlert } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { formatAmount, formatBytes } from "../../ui/format.ts";
import { Progress } from "../../ui/progress.tsx";
import { FilePicker } from "./file-picker.tsx";
import { cancelImport, resumeFile, type LocalUpload } from "./upload-store.ts";

interface JobCardProps {
  job: Job;
  /** The file on its way, when this page sends it. */
  upload: LocalUpload | undefined;
  onDismiss: (jobId: string) => void;
}

/** An import at work, in the place where its runtime will stand. */
export function JobCard({ job, upload, onDismiss }: JobCardProps) {
  if (job.state === "failed") return <FailedCard job={job} onDismiss={onDismiss} />;
  const isCut = job.state === "uploading" && upload === undefined;
  return (
    <section
      aria-label={`Import of ${job.name}`}
      className="flex min-h-44 flex-col gap-2 rounded-card border border-hairline bg-raised p-4"
    >
      <h2 className="truncate text-14 font-semibold" title={job.name}>
        {job.name}
      </h2>
      <p className="text-13 text-ink-soft" aria-live="polite">
        {isCut ? "The upload was cut when its page was closed." : phaseText(job, upload)}
      </p>
      <div className="mt-auto flex flex-col gap-2">
        <Progress label={`Progress of ${job.name}`} fraction={fraction(job, upload)} />
        <p className="tabular min-h-4 text-12 text-ink-muted">{countText(job, upload)}</p>
        <div className="flex gap-2">
          {isCut && (
            <FilePicker
              isSingle
              onFiles={([file]) => {
                if (file === undefined) return;
                resumeFile(job.jobId, file).catch(() => {
                  // Told where it happened.
                });
              }}
            >
              Choose it again to go on
            </FilePicker>
          )}
          <Button
            tone="quiet"
            onClick={() => {
              cancelImport(job.jobId).catch(() => {
                // Told where it happened.
              });
            }}
          >
            Cancel
          </Button>
        </div>
      </div>
    </section>
  );
}

function FailedCard({ job, onDismiss }: { job: Job; onDismiss: (jobId: string) => void }) {
  return (
    <section
      role="alert"
      aria-label={`Import of ${job.name}`}
      className="flex min-h-44 flex-col gap-2 rounded-card border border-hairline bg-raised p-4"
    >
      <h2 className="flex items-center gap-2 text-14 font-semibold">
        <CircleAlert size={16} aria-hidden className="shrink-0 text-red" />
        <span className="truncate">{job.name} was not imported</span>
      </h2>
      <p className="text-13 break-words text-ink">{job.error?.message ?? "The reason is not known."}</p>
      {job.error?.hint !== undefined && <p className="text-13 text-ink-soft">{job.error.hint}</p>}
      <p className="text-13 text-ink-soft">What was here before is unchanged.</p>
      <div className="mt-auto">
        <Button tone="quiet" onClick={() => onDismiss(job.jobId)}>
          Close
        </Button>
      </div>
    </section>
  );
}

function phaseText(job: Job, upload: LocalUpload | undefined): string {
  if (upload !== undefined && upload.offset < upload.size) {
    return upload.phase === "paused"
      ? "Paused: Chatty does not answer. It goes on by itself."
      : "Copying to Chatty";
  }
  if (job.state === "uploading" || job.state === "waiting") return "Waiting for its turn";
  switch (job.phase) {
    case "staging":
      return "Keeping the export as it is";
    case "validating":
      return "Checking the file";
    case "reading":
      return "Reading conversations";
    case "committing":
      return "Putting everything in its place";
    default:
      return "At work";
  }
}

function fraction(job: Job, upload: LocalUpload | undefined): number | undefined {
  if (upload !== undefined && upload.offset < upload.size) return upload.offset / upload.size;
  return job.bytesTotal === null || job.bytesTotal === 0 ? undefined : job.bytesDone / job.bytesTotal;
}

function countText(job: Job, upload: LocalUpload | undefined): string {
  const done = upload !== undefined && upload.offset < upload.size ? upload.offset : job.bytesDone;
  const total = upload !== undefined && upload.offset < upload.size ? upload.size : job.bytesTotal;
  if (done === 0 && total === null)
    return job.conversations === 0 ? "" : formatAmount(job.conversations, "conversation");
  const bytes = total === null ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total)}`;
  return job.conversations === 0 ? bytes : `${bytes} · ${formatAmount(job.conversations, "conversation")}`;
}
