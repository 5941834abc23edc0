import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { describeError } from "../../api/client.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { saveSearch, type Question } from "../../api/search.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { showToast } from "../../ui/toast-store.ts";

interface SaveDialogProps {
  question: Question;
  onClose: () => void;
}

/** Keeps a question under a name. */
export function SaveDialog({ question, onClose }: SaveDialogProps) {
  const client = useQueryClient();
  const [name, setName] = useState(question.q.trim().slice(0, 200));
  const [error, setError] = useState<string>();
  const [isSaving, setSaving] = useState(false);
  const save = async () => {
    setSaving(true);
    try {
      await saveSearch({ name: name.trim(), query: question.q, mode: question.mode, sort: question.sort });
      await client.invalidateQueries({ queryKey: queryKeys.savedSearches });
      showToast({
        message: `“${name.trim()}” is saved.`,
        hint: "You find it on the search page and in the palette.",
      });
      onClose();
    } catch (problem) {
      setError(describeError(problem).message);
      setSaving(false);
    }
  };
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      title="Save this search"
    >
      <form
        className="flex flex-col gap-4 pb-3"
        onSubmit={(event) => {
          event.preventDefault();
          save().catch(() => {
            // Told in the form.
          });
        }}
      >
        <TextField
          label="Name"
          required
          maxLength={200}
          value={name}
          error={error}
          onChange={(event) => setName(event.target.value)}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" disabled={isSaving || name.trim() === ""}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
