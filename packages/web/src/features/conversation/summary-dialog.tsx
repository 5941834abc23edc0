import type { Summary } from "@chatty/server/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { describeError } from "../../api/client.ts";
import { providerList } from "../../api/providers.ts";
import { makeSummary, sessionSummary } from "../../api/recall.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { formatExactTime } from "../../ui/format.ts";
import { Skeleton } from "../../ui/skeleton.tsx";
import { showProblem } from "../../ui/toast-store.ts";
import { modelChoices } from "./composer/pickers.tsx";

interface SummaryDialogProps {
  sessionId: string;
  isOpen: boolean;
  onClose: () => void;
}

/** What a conversation is about, and who said so. */
export function SummaryDialog({ sessionId, isOpen, onClose }: SummaryDialogProps) {
  const client = useQueryClient();
  const query = sessionSummary(sessionId);
  const { data: summary, error } = useQuery({ ...query, enabled: isOpen });
  const models = modelChoices(useQuery({ ...providerList(), enabled: isOpen }).data);
  const [isMaking, setMaking] = useState(false);
  const make = (method: "extractive" | "model") => {
    setMaking(true);
    makeSummary(sessionId, { method })
      .then(
        (made) => client.setQueryData(query.queryKey, made),
        (cause: unknown) => showProblem(describeError(cause)),
      )
      .finally(() => setMaking(false));
  };
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onClose}
      title="Summary"
      description={summary === undefined ? undefined : origin(summary)}
      isWide
      actions={
        <>
          {summary?.method === "model" && (
            <Button disabled={isMaking} onClick={() => make("extractive")}>
              From its own words
            </Button>
          )}
          {models.length > 0 && (
            <Button disabled={isMaking} onClick={() => make("model")}>
              {isMaking ? "Being written…" : "Have a model write it"}
            </Button>
          )}
        </>
      }
    >
      {error !== null && <p className="text-14 text-red">{describeError(error).message}</p>}
      {summary === undefined && error === null && <Skeleton className="h-32" />}
      {summary !== undefined && <SummaryText summary={summary} onOpen={onClose} />}
    </Dialog>
  );
}

function SummaryText({ summary, onOpen }: { summary: Summary; onOpen: () => void }) {
  if (summary.method === "model") {
    return <p className="pb-2 text-14 whitespace-pre-line text-ink">{summary.text}</p>;
  }
  if (summary.points.length === 0) {
    return <p className="text-14 text-ink-muted">Nothing was said yet that could be summarised.</p>;
  }
  return (
    <ul className="flex list-disc flex-col gap-2 pb-2 pl-5">
      {summary.points.map((point) => (
        <li key={`${point.messageId} ${point.text}`} className="text-14">
          <Link
            to="/app/chat/$threadId"
            params={{ threadId: point.sessionId }}
            search={{ m: point.messageId }}
            onClick={onOpen}
            className="text-ink hover:underline"
          >
            {point.text}
          </Link>
          {point.kind === "decision" && <span className="ml-2 text-12 text-ink-muted">decision</span>}
        </li>
      ))}
    </ul>
  );
}

function origin({ method, model, madeAt, isOutdated }: Summary): string {
  if (method === "extractive")
    return "Sentences of the conversation itself, chosen by a fixed rule. No model wrote this.";
  const changed = isOutdated ? " More was said since." : "";
  return `Written by ${model ?? "a model"} on ${formatExactTime(madeAt)}.${changed}`;
}
