import type { Runtime } from "@chatty/server/api";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";

interface RenameDialogProps {
  runtime: Runtime;
  onClose: () => void;
  onRename: (name: string) => void;
}

export function RenameDialog({ runtime, onClose, onRename }: RenameDialogProps) {
  const [name, setName] = useState(runtime.name);
  const trimmed = name.trim();
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      title={`Rename ${runtime.name}`}
    >
      <form
        className="flex flex-col gap-4 pb-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (trimmed !== "") onRename(trimmed);
        }}
      >
        <TextField
          label="Name"
          hint="Addresses and files keep the name they began with."
          value={name}
          maxLength={200}
          onChange={(event) => setName(event.target.value)}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" disabled={trimmed === "" || trimmed === runtime.name}>
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
