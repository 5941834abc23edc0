import type { SettingsPatch } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { queryKeys } from "../../api/query-keys.ts";
import { putSettings, settings } from "../../api/settings.ts";
import { ChoiceRow } from "../../ui/choice-row.tsx";
import { run, useChange } from "./use-change.ts";

const paces = {
  quick: { draftSaveMs: 250, draftSaveMaxMs: 2000, answerCheckpointMs: 500 },
  usual: { draftSaveMs: 750, draftSaveMaxMs: 10_000, answerCheckpointMs: 2000 },
  calm: { draftSaveMs: 2000, draftSaveMaxMs: 30_000, answerCheckpointMs: 5000 },
} satisfies Record<string, SettingsPatch>;
type Pace = keyof typeof paces;
const names: readonly Pace[] = ["quick", "usual", "calm"];

/** How soon what is not finished is written down. Finished messages always are at once. */
export function SavingChoice() {
  const { data } = useQuery(settings());
  const change = useChange(queryKeys.settings);
  if (data === undefined) return null;
  const chosen = names.find((name) => {
    const { draftSaveMs, draftSaveMaxMs, answerCheckpointMs } = paces[name];
    return (
      data.draftSaveMs === draftSaveMs &&
      data.draftSaveMaxMs === draftSaveMaxMs &&
      data.answerCheckpointMs === answerCheckpointMs
    );
  });
  return (
    <ChoiceRow<Pace | "own">
      label="Keep what is being written"
      hint="A message that is sent, and an answer that is finished, are kept at once. This is about what is still being typed or answered."
      value={chosen ?? "own"}
      choices={[
        { value: "quick", label: "After ¼ second" },
        { value: "usual", label: "After ¾ second" },
        { value: "calm", label: "After 2 seconds" },
        ...(chosen === undefined ? [{ value: "own" as const, label: "As set" }] : []),
      ]}
      onChange={(pace) => {
        if (pace !== "own") run(change(() => putSettings(paces[pace])));
      }}
    />
  );
}
