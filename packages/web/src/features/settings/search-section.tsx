import type { MeaningState } from "@chatty/model";
import type { SearchState, Settings } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { jobList } from "../../api/imports.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { searchState } from "../../api/search.ts";
import { putSettings, settings, startRebuild } from "../../api/settings.ts";
import { Button } from "../../ui/button.tsx";
import { ChoiceRow } from "../../ui/choice-row.tsx";
import { formatAmount, formatBytes, formatCount } from "../../ui/format.ts";
import { Progress } from "../../ui/progress.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { EmbedderForm } from "./embedder-form.tsx";
import { RecallPart } from "./recall-part.tsx";
import { run, useChange } from "./use-change.ts";

/** How far the index of words and of meaning is, how to make it again, and what finds by meaning. */
export function SearchSection() {
  const { data: state } = useQuery(searchState());
  const { data: known } = useQuery(settings());
  if (state === undefined || known === undefined) return <Skeleton className="h-64" />;
  return (
    <div className="flex flex-col gap-8">
      <WordsPart state={state} />
      <MeaningPart meaning={state.meaning} known={known} />
      <RecallPart known={known} />
    </div>
  );
}

function WordsPart({ state }: { state: SearchState }) {
  const { data: jobs } = useQuery(jobList());
  const change = useChange(queryKeys.jobs);
  const isRunning = jobs?.jobs.some(
    (job) => job.kind === "rebuild" && (job.state === "waiting" || job.state === "running"),
  );
  const isBehind = state.pendingSessions > 0;
  return (
    <section aria-labelledby="words" className="flex max-w-[70ch] flex-col items-start gap-3">
      <h2 id="words" className="text-14 font-semibold">
        Words
      </h2>
      {state.state === "failed" && (
        <p role="alert" className="rounded-control bg-amber-tint px-3 py-2 text-14">
          {state.failure ?? "The index could not be made."} Your conversations are not touched by it; making
          the index again mends it.
        </p>
      )}
      <output aria-live="polite" className="tabular block text-14 text-ink-soft">
        {formatAmount(state.messages, "message")} in {formatAmount(state.sessions, "conversation")} can be
        found, in {formatBytes(state.bytes)}.{" "}
        {isBehind
          ? `${formatAmount(state.pendingSessions, "conversation")} still to be read.`
          : "Everything is in the index."}
      </output>
      {isBehind && (
        <div className="w-full max-w-md">
          <Progress
            label="Conversations in the index"
            fraction={state.sessions / (state.sessions + state.pendingSessions)}
          />
        </div>
      )}
      <p className="text-14 text-ink-soft">
        The index is derived: it can be made again from the messages at any time, and nothing can be lost by
        it. Searching goes on meanwhile with what is there.
      </p>
      <Button
        disabled={isRunning === true}
        onClick={() => run(change(() => startRebuild("catalog"), "The index is being made again."))}
      >
        Make the index again
      </Button>
      <Link to="/app/search" className="text-14 text-accent-ink underline underline-offset-2">
        Go to search
      </Link>
    </section>
  );
}

function MeaningPart({ meaning, known }: { meaning: MeaningState; known: Settings }) {
  const change = useChange(queryKeys.settings);
  const isOn = known["search.meaning"];
  const total = meaning.chunks + meaning.pendingChunks;
  const isAtWork = meaning.state === "building" && meaning.pendingChunks > 0;
  return (
    <section aria-labelledby="meaning" className="flex max-w-[70ch] flex-col items-start gap-4">
      <h2 id="meaning" className="text-14 font-semibold">
        Meaning
      </h2>
      <ChoiceRow<"on" | "off">
        label="Find by what is meant, besides the words"
        hint="Switched off, no more is read for it; what was read is kept, and goes on where it was when it is switched on again."
        value={isOn ? "on" : "off"}
        choices={[
          { value: "on", label: "On" },
          { value: "off", label: "Off" },
        ]}
        onChange={(value) => run(change(() => putSettings({ "search.meaning": value === "on" })))}
      />
      <output aria-live="polite" className="tabular block text-14 text-ink-soft">
        {meaningLine(meaning)}
      </output>
      {(isAtWork || meaning.state === "paused") && total > 0 && (
        <div className="flex w-full max-w-md items-center gap-3">
          <Progress label="Passages read for their meaning" fraction={meaning.chunks / total} />
          {isAtWork && (
            <Button tone="quiet" onClick={() => run(change(() => putSettings({ "search.meaning": false })))}>
              Pause
            </Button>
          )}
        </div>
      )}
      {meaning.state === "failed" && meaning.failure !== undefined && (
        <p role="alert" className="rounded-control bg-amber-tint px-3 py-2 text-14">
          {meaning.failure}
        </p>
      )}
      <EmbedderForm
        // A form begins with what is kept.
        key={JSON.stringify(known["search.embedder"])}
        kept={known["search.embedder"]}
        hasKey={known["search.embedderHasKey"]}
        onSave={(patch) =>
          change(() => putSettings(patch), "Saved. What was read by another model is read again.")
        }
      />
    </section>
  );
}

function meaningLine({ state, model, dimensions, chunks, pendingChunks }: MeaningState): string {
  const by =
    model === undefined
      ? ""
      : ` by ${model}${dimensions === undefined ? "" : `, ${formatCount(dimensions)} dimensions`}`;
  const read = `${formatAmount(chunks, "passage")} read${by}.`;
  switch (state) {
    case "off":
      return chunks === 0 ? "Nothing is read for its meaning." : `${read} No more are read.`;
    case "absent":
      return "There is no model that could read for meaning. Words are found all the same.";
    case "failed":
      return read;
    case "paused":
      return `${read} ${formatCount(pendingChunks)} wait.`;
    case "building":
      return `${read} ${formatCount(pendingChunks)} to go.`;
    case "ready":
      return `${read} Nothing is left.`;
  }
}
