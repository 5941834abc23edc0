import type { Job } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck } from "lucide-react";
import { jobList } from "../../api/imports.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { dataPlace, startRebuild, startRepair, startVerify } from "../../api/settings.ts";
import { Button } from "../../ui/button.tsx";
import { formatBytes, formatExactTime } from "../../ui/format.ts";
import { Progress } from "../../ui/progress.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { BackupSection } from "./backup-section.tsx";
import { dataParts } from "./data-parts.ts";
import { DoctorList } from "./doctor-list.tsx";
import { reportLines } from "./report-lines.ts";
import { SavingChoice } from "./saving-choice.tsx";
import { TrashSection } from "./trash-section.tsx";
import { run, useChange } from "./use-change.ts";

/** Where everything lies, how big it is, and how to check, mend and copy it. */
export function DataSection() {
  const { data } = useQuery(dataPlace());
  const { data: jobs } = useQuery(jobList());
  const change = useChange(queryKeys.jobs);
  const newest = (kind: Job["kind"]) =>
    jobs?.jobs.find((job) => job.kind === kind && job.scope !== "catalog");
  return (
    <div className="flex flex-col gap-8">
      <section aria-labelledby="place" className="flex flex-col gap-3">
        <h2 id="place" className="text-14 font-semibold">
          Where it lies
        </h2>
        {data === undefined ? (
          <Skeleton className="h-32" />
        ) : (
          <>
            <p className="rounded-control bg-sunk px-3 py-2 font-mono text-13 break-all select-all">
              {data.root}
            </p>
            <p className="text-14 text-ink-soft">
              {formatBytes(data.bytes)} in plain files on this machine. Nothing of it is anywhere else.
            </p>
            <ul className="flex max-w-md flex-col gap-1.5">
              {dataParts(data.parts).map((part) => (
                <li key={part.name} className="grid grid-cols-[8rem_1fr_5rem] items-center gap-3 text-13">
                  <span className="truncate">{part.name}</span>
                  <span aria-hidden className="h-2 overflow-hidden rounded-full bg-hover">
                    <span
                      className="block h-full rounded-full bg-accent"
                      style={{ width: `${data.bytes === 0 ? 0 : (part.bytes / data.bytes) * 100}%` }}
                    />
                  </span>
                  <span className="tabular text-right text-ink-muted">{formatBytes(part.bytes)}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </section>
      <section aria-labelledby="state" className="flex flex-col gap-3">
        <h2 id="state" className="text-14 font-semibold">
          How it stands
        </h2>
        <DoctorList />
      </section>
      <SavingChoice />
      <CareTask
        title="Verify"
        text="Reads everything back and compares it with what was written: every message, every export. Changes nothing."
        button="Verify everything"
        job={newest("verify")}
        onStart={() => run(change(startVerify))}
      />
      <CareTask
        title="Repair"
        text="Saves every message that can be read out of damaged files, keeps the damaged originals aside, and says what is lost. A sound vault stays as it is."
        button="Repair what is damaged"
        job={newest("repair")}
        onStart={() => run(change(startRepair))}
      />
      <CareTask
        title="Rebuild"
        text="Makes lists, transcripts and readable copies again from the messages and exports themselves. Nothing can be lost by it."
        button="Rebuild what is derived"
        job={newest("rebuild")}
        onStart={() => run(change(() => startRebuild()))}
      />
      <BackupSection />
      <TrashSection />
    </div>
  );
}

interface CareTaskProps {
  title: string;
  text: string;
  button: string;
  job: Job | undefined;
  onStart: () => void;
}

function CareTask({ title, text, button, job, onStart }: CareTaskProps) {
  const isRunning = job !== undefined && (job.state === "waiting" || job.state === "running");
  const id = `care-${title.toLowerCase()}`;
  return (
    <section aria-labelledby={id} className="flex max-w-[70ch] flex-col items-start gap-2">
      <h2 id={id} className="text-14 font-semibold">
        {title}
      </h2>
      <p className="text-14 text-ink-soft">{text}</p>
      <Button disabled={isRunning} onClick={onStart}>
        {button}
      </Button>
      {job !== undefined && isRunning && (
        <div className="w-full max-w-md pt-1">
          <Progress
            label={`${title} at work`}
            fraction={
              job.bytesTotal === null || job.bytesTotal === 0 ? undefined : job.bytesDone / job.bytesTotal
            }
          />
        </div>
      )}
      <output aria-live="polite" className="block empty:hidden">
        {job !== undefined && !isRunning && <CareResult job={job} />}
      </output>
    </section>
  );
}

function CareResult({ job }: { job: Job }) {
  const { isGood, lines } = reportLines(job);
  return (
    <span className="flex items-start gap-2 text-14">
      {isGood ? (
        <CircleCheck size={16} aria-hidden className="mt-0.5 shrink-0 text-green" />
      ) : (
        <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-red" />
      )}
      <span className="min-w-0">
        {lines.map((line) => (
          <span key={line} className="block break-words">
            {line}
          </span>
        ))}
        {job.endedAt !== undefined && (
          <span className="block text-12 text-ink-muted">{formatExactTime(job.endedAt)}</span>
        )}
      </span>
    </span>
  );
}
