import type { Runtime, ServerEvent, SessionDetail } from "@chatty/server/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Import, Sparkles } from "lucide-react";
import { useCallback, useState } from "react";
import { describeError } from "../../api/client.ts";
import { useServerEvents } from "../../api/events.ts";
import { fetchJob, startDemo } from "../../api/imports.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { runtimeList } from "../../api/runtimes.ts";
import { Button } from "../../ui/button.tsx";
import { formatAmount } from "../../ui/format.ts";
import { showProblem } from "../../ui/toast-store.ts";

/** A conversation in which nothing was said yet. The home of a vault with nothing in it says what Chatty is and how to begin. */
export function EmptyConversation({ session }: { session: SessionDetail }) {
  const { data } = useQuery(runtimeList());
  if (session.home && data !== undefined && !data.runtimes.some((runtime) => runtime.kind === "imported"))
    return <Welcome />;
  const runtime = data?.runtimes.find((one) => one.runtimeId === session.runtimeId);
  const { title, hint } = emptyWords(session, runtime);
  return (
    <div className="mx-auto max-w-[744px] px-4 pt-24 pb-8 md:px-6">
      <p className="text-20 font-semibold text-ink">{title}</p>
      <p className="mt-2 max-w-prose text-16 text-ink-soft">{hint}</p>
    </div>
  );
}

function emptyWords(session: SessionDetail, runtime: Runtime | undefined): { title: string; hint: string } {
  if (!session.home) {
    return {
      title: "Nothing has been said here yet.",
      hint: "Write below to begin. Every word is kept on this machine.",
    };
  }
  if (runtime?.kind === "imported") {
    return {
      title: `This is the home of ${runtime.name}.`,
      hint:
        `The imported conversations are in the list beside it: ${formatAmount(runtime.conversationCount, "conversation")}. ` +
        "What you write here is new, and kept with them.",
    };
  }
  return {
    title: "This is your home conversation.",
    hint: "It is always here, on top of the list. Write below to begin.",
  };
}

function Welcome() {
  const demo = useDemo();
  return (
    <div className="mx-auto max-w-[744px] px-4 pt-[12vh] pb-8 md:px-6">
      <h2 className="text-26 font-semibold text-ink">A home for all your AI conversations</h2>
      <p className="mt-3 max-w-[62ch] text-16 text-ink-soft">
        Chatty takes the exports of ChatGPT, Claude and others exactly as they come, keeps every byte on this
        machine, and lets you read, search and continue them with any model.
      </p>
      <div className="mt-6 flex flex-wrap gap-3">
        <Link
          to="/app"
          search={{ import: true }}
          className="inline-flex h-10 items-center gap-2 rounded-control bg-accent px-4 text-14 font-medium text-on-accent hover:bg-accent-hover max-md:h-11"
        >
          <Import size={16} aria-hidden />
          Import an export
        </Link>
        <Button className="h-10" onClick={demo.start} disabled={demo.isRunning}>
          <Sparkles size={16} aria-hidden />
          {demo.isRunning ? "Preparing the demo…" : "Look around with demo data"}
        </Button>
      </div>
      <output className="mt-3 block text-13 text-ink-muted">
        {demo.isRunning
          ? "A small made-up history is being imported."
          : "Or write below: this conversation is yours from the first word."}
      </output>
    </div>
  );
}

/** Imports the demo and opens its home when it is there. */
function useDemo() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [jobId, setJobId] = useState<string>();

  const onJob = useCallback(
    async (job: Awaited<ReturnType<typeof fetchJob>>) => {
      if (job.state === "failed" || job.state === "cancelled") {
        setJobId(undefined);
        showProblem({
          message: job.error?.message ?? "The demo could not be prepared.",
          hint: job.error?.hint,
        });
      }
      if (job.state !== "done") return;
      setJobId(undefined);
      await client.invalidateQueries({ queryKey: queryKeys.runtimes });
      const threadId = job.homeSlug ?? job.homeSessionId;
      if (threadId === undefined) await navigate({ to: "/app" });
      else await navigate({ to: "/app/chat/$threadId", params: { threadId } });
    },
    [client, navigate],
  );
  useServerEvents(
    useCallback(
      (event: ServerEvent) => {
        if (event.type !== "job" || event.job.jobId !== jobId) return;
        onJob(event.job).then(undefined, (error: unknown) => showProblem(describeError(error)));
      },
      [jobId, onJob],
    ),
  );

  const begin = async () => {
    const started = await startDemo();
    setJobId(started.jobId);
    // It may be done before its events are listened to.
    await onJob(await fetchJob(started.jobId));
  };
  return {
    isRunning: jobId !== undefined,
    start: () => {
      begin().then(undefined, (error: unknown) => showProblem(describeError(error)));
    },
  };
}
