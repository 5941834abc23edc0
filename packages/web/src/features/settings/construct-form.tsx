import type { Gpt } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { providerList } from "../../api/providers.ts";
import { Button } from "../../ui/button.tsx";
import { ChoiceRow } from "../../ui/choice-row.tsx";
import { SelectField, TextAreaField, TextField } from "../../ui/field.tsx";
import { run } from "./use-change.ts";

/** What the form edits. */
export interface ConstructDraft {
  name: string;
  description: string;
  instructions: string;
  conversationStarters: string[];
  modelId?: string;
  orchestrationMode: "synth" | "lin";
}

interface ConstructFormProps {
  /** Absent for a new one. */
  gpt: Gpt | undefined;
  onSave: (draft: ConstructDraft) => Promise<void>;
  onCancel: () => void;
}

export function ConstructForm({ gpt, onSave, onCancel }: ConstructFormProps) {
  const { data } = useQuery(providerList());
  const [name, setName] = useState(gpt?.name ?? "");
  const [description, setDescription] = useState(gpt?.description ?? "");
  const [instructions, setInstructions] = useState(gpt?.instructions ?? "");
  const [starters, setStarters] = useState((gpt?.conversationStarters ?? []).join("\n"));
  const [modelId, setModelId] = useState(gpt?.modelId ?? "");
  const [mode, setMode] = useState<"synth" | "lin">(gpt?.orchestrationMode === "synth" ? "synth" : "lin");
  const [isSaving, setSaving] = useState(false);
  const models = (data?.providers ?? []).flatMap((provider) =>
    provider.models.map((model) => ({
      id: `${provider.providerId}/${model.id}`,
      name: `${model.name ?? model.id} (${provider.name})`,
    })),
  );
  const save = async () => {
    setSaving(true);
    await onSave({
      name: name.trim(),
      description: description.trim(),
      instructions,
      conversationStarters: starters
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== ""),
      // Emptied means: the default model again. A new one has none to empty.
      ...(modelId === "" && gpt === undefined ? {} : { modelId }),
      orchestrationMode: mode,
    });
    setSaving(false);
  };
  return (
    <form
      className="flex flex-col gap-4 pb-3"
      onSubmit={(event) => {
        event.preventDefault();
        run(save());
      }}
    >
      <TextField
        label="Name"
        required
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label="Description"
        hint="One line for lists."
        maxLength={10_000}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <TextAreaField
        label="Instructions"
        hint="What it is told before every conversation."
        rows={7}
        value={instructions}
        onChange={(event) => setInstructions(event.target.value)}
      />
      <TextAreaField
        label="Starters"
        hint="Offered in an empty conversation; one on each line."
        rows={3}
        value={starters}
        onChange={(event) => setStarters(event.target.value)}
      />
      <SelectField label="Model" value={modelId} onChange={(event) => setModelId(event.target.value)}>
        <option value="">The default model</option>
        {modelId !== "" && !models.some((model) => model.id === modelId) && (
          <option value={modelId}>{modelId}</option>
        )}
        {models.map((model) => (
          <option key={model.id} value={model.id}>
            {model.name}
          </option>
        ))}
      </SelectField>
      <ChoiceRow
        label="Mode"
        hint={
          mode === "synth"
            ? "Several models answer side by side, and one merges what they say."
            : "One model answers in its voice."
        }
        value={mode}
        choices={[
          { value: "lin", label: "One voice" },
          { value: "synth", label: "Several, merged" },
        ]}
        onChange={setMode}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button tone="primary" type="submit" disabled={isSaving || name.trim() === ""}>
          {gpt === undefined ? "Make it" : "Save"}
        </Button>
      </div>
    </form>
  );
}
