import type { RecallState } from "@chatty/server/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { History } from "lucide-react";
import { describeError } from "../../../api/client.ts";
import { putRecall, recallState } from "../../../api/recall.ts";
import { IconButton } from "../../../ui/button.tsx";
import { showProblem, showToast } from "../../../ui/toast-store.ts";

interface RecallButtonProps {
  sessionId: string;
  /** `{providerId}/{model}` that will answer. */
  model: string | undefined;
}

/** Whether the model is given what earlier conversations say; pressing it switches that for this conversation. */
export function RecallButton({ sessionId, model }: RecallButtonProps) {
  const client = useQueryClient();
  const query = recallState(sessionId, model);
  const { data: state } = useQuery(query);
  if (state === undefined) return null;
  const change = () => {
    const on = !state.on;
    putRecall(sessionId, on, model).then(
      (next) => {
        client.setQueryData(query.queryKey, next);
        showToast(
          on
            ? { message: "Earlier conversations are recalled here." }
            : { message: "Nothing of earlier conversations is sent from here any more." },
        );
      },
      (error: unknown) => showProblem(describeError(error)),
    );
  };
  return (
    <IconButton
      label="Recall earlier conversations"
      title={tip(state)}
      aria-pressed={state.on}
      onClick={change}
      className={state.on ? "bg-selected text-ink" : ""}
    >
      <History size={16} aria-hidden />
    </IconButton>
  );
}

function tip({ on, because }: RecallState): string {
  if (on) return "What earlier conversations say is sent along. Press to switch it off here.";
  return because === "elsewhere"
    ? "Nothing of earlier conversations is sent, because this model is not on this machine. Press to allow it here."
    : "Nothing of earlier conversations is sent. Press to switch it on here.";
}
