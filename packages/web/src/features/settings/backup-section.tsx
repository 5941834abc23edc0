import type { Backup, Job, SettingsPatch } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck } from "lucide-react";
import { useEffect, useState } from "react";
import { backupList, startBackup, testBackup } from "../../api/backups.ts";
import { jobList } from "../../api/imports.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { putSettings, settings } from "../../api/settings.ts";
import { Button } from "../../ui/button.tsx";
import { ChoiceRow } from "../../ui/choice-row.tsx";
import { TextField } from "../../ui/field.tsx";
import { formatAmount, formatBytes, formatDate, formatExactTime } from "../../ui/format.ts";
import { Progress } from "../../ui/progress.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { RestoreDialog } from "./restore-dialog.tsx";
import { run, useChange } from "./use-change.ts";

const shownAtFirst = 5;

/** Copies of everything: when they were taken, whether they were tested, and how to get one back. */
export function BackupSection() {
  const { data, error, refetch } = useQuery(backupList());
  const { data: jobs } = useQuery(jobList());
  const change = useChange(queryKeys.jobs);
  const [restoring, setRestoring] = useState<Backup>();
  const [isWhole, setWhole] = useState(false);
  const job = jobs?.jobs.find(({ kind }) => kind === "backup");
  const restore = jobs?.jobs.find(({ kind }) => kind === "restore");
  const ended = job?.endedAt;
  useEffect(() => {
    if (ended === undefined) return;
    refetch().catch(() => {
      // The list shows the error and is asked for again when the section is opened.
    });
  }, [ended, refetch]);
  return (
    <section aria-labelledby="backups" className="flex max-w-[70ch] flex-col gap-3">
      <h2 id="backups" className="text-14 font-semibold">
        Backups
      </h2>
      <p className="text-14 text-ink-soft">
        A copy of every conversation, export and setting as one moment had them, taken while you work. Each is
        tested: restored on trial, opened and read back.
      </p>
      <div className="flex flex-wrap items-center gap-3">
        <Button disabled={isRunning(job)} onClick={() => run(change(startBackup))}>
          Back up now
        </Button>
        {data !== undefined && data.nextAt !== null && (
          <span className="text-13 text-ink-muted">The next one is due {formatExactTime(data.nextAt)}.</span>
        )}
      </div>
      <WorkOf job={job} label="Backing up" />
      <WorkOf job={restore} label="Restoring" />
      {error !== null && <p className="text-14 text-red">{error.message}</p>}
      {data === undefined ? (
        error === null && <Skeleton className="h-20" />
      ) : (
        <>
          <ul className="flex flex-col gap-1">
            {(isWhole ? data.backups : data.backups.slice(0, shownAtFirst)).map((backup) => (
              <BackupRow
                key={backup.backupId}
                backup={backup}
                isBusy={isRunning(job)}
                onTest={() => run(change(() => testBackup(backup.backupId)))}
                onRestore={() => setRestoring(backup)}
              />
            ))}
            {data.unreadable.map(({ backupId, message }) => (
              <li key={backupId} className="flex items-start gap-2 text-14">
                <CircleAlert size={16} aria-label="Damaged" className="mt-0.5 shrink-0 text-red" />
                <span className="min-w-0 break-words">{message}</span>
              </li>
            ))}
          </ul>
          {data.backups.length > shownAtFirst && (
            <Button tone="quiet" className="self-start" onClick={() => setWhole(!isWhole)}>
              {isWhole ? "Show the newest only" : `Show all ${data.backups.length}`}
            </Button>
          )}
          {data.backups.length === 0 && <p className="text-14 text-ink-muted">There is none yet.</p>}
          <p className="text-13 break-all text-ink-muted">They lie in {data.folder}.</p>
        </>
      )}
      <BackupChoices />
      {restoring !== undefined && (
        <RestoreDialog backup={restoring} onClose={() => setRestoring(undefined)} />
      )}
    </section>
  );
}

function isRunning(job: Job | undefined): boolean {
  return job !== undefined && (job.state === "waiting" || job.state === "running");
}

function WorkOf({ job, label }: { job: Job | undefined; label: string }) {
  if (job === undefined) return null;
  if (isRunning(job)) {
    const fraction =
      job.bytesTotal === null || job.bytesTotal === 0 ? undefined : job.bytesDone / job.bytesTotal;
    return (
      <div className="w-full max-w-md">
        <Progress label={label} fraction={fraction} />
      </div>
    );
  }
  return (
    <output aria-live="polite" className="block text-14">
      {job.state === "done" ? `${job.name}: done.` : (job.error?.message ?? `${job.name} was called off.`)}
      {job.state === "done" && job.kind === "restore" && (
        <span className="block text-ink-muted">
          {job.name.startsWith("Restore into")
            ? "Start Chatty with --home and that folder to look at it. This vault is as it was."
            : "What was missing is back; everything else is as it was."}
        </span>
      )}
      {job.error?.hint !== undefined && <span className="block text-ink-muted">{job.error.hint}</span>}
    </output>
  );
}

interface BackupRowProps {
  backup: Backup;
  isBusy: boolean;
  onTest: () => void;
  onRestore: () => void;
}

function BackupRow({ backup, isBusy, onTest, onRestore }: BackupRowProps) {
  const time = formatExactTime(backup.at);
  const isGood = backup.verified && backup.problems.length === 0;
  return (
    <li className="flex items-center gap-2 text-14">
      {isGood ? (
        <CircleCheck size={16} aria-label="Tested" className="shrink-0 text-green" />
      ) : (
        <CircleAlert size={16} aria-label="Not sound" className="shrink-0 text-red" />
      )}
      <span className="min-w-0 flex-1">
        <span className="tabular">{time}</span>
        <span className="block text-13 text-ink-muted">
          {formatAmount(backup.sessions, "conversation")}, {formatBytes(backup.bytes)}, of it{" "}
          {formatBytes(backup.newBytes)} new
          {backup.testedAt !== undefined && <>; tested {formatDate(backup.testedAt)}</>}
          {backup.problems.map((problem) => (
            <span key={`${problem.code} ${problem.path}`} className="block break-words text-red">
              {problem.message} ({problem.path})
            </span>
          ))}
        </span>
      </span>
      <Button
        tone="quiet"
        className="h-7 px-2 text-13"
        aria-label={`Test the backup of ${time}`}
        disabled={isBusy}
        onClick={onTest}
      >
        Test
      </Button>
      <Button className="h-7 px-2 text-13" aria-label={`Restore the backup of ${time}`} onClick={onRestore}>
        Restore…
      </Button>
    </li>
  );
}

function BackupChoices() {
  const { data } = useQuery(settings());
  const change = useChange(queryKeys.settings);
  const renew = useChange(queryKeys.backups);
  const [folder, setFolder] = useState<string>();
  if (data === undefined) return null;
  const put = async (patch: SettingsPatch) => {
    if (await change(() => putSettings(patch))) await renew(async () => await Promise.resolve());
  };
  return (
    <div className="flex flex-col gap-4 pt-1">
      <ChoiceRow
        label="Back up by itself"
        value={data.backupDaily ? "daily" : "never"}
        choices={[
          { value: "daily", label: "Once a day" },
          { value: "never", label: "Never" },
        ]}
        hint="While Chatty runs. Older ones are thinned out: one an hour is kept for a day, one a day for a month, one a month for a year."
        onChange={(value) => run(put({ backupDaily: value === "daily" }))}
      />
      <form
        className="flex items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          const text = (folder ?? data.backupFolder ?? "").trim();
          run(put({ backupFolder: text === "" ? null : text }));
        }}
      >
        <div className="min-w-0 flex-1">
          <TextField
            label="Folder"
            hint="Best on another disk. Left empty, they lie beside the data."
            value={folder ?? data.backupFolder ?? ""}
            onChange={(event) => setFolder(event.target.value)}
          />
        </div>
        <Button type="submit" className="mb-6">
          Use it
        </Button>
      </form>
    </div>
  );
}
