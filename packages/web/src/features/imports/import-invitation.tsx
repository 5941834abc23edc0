import { Button } from "../../ui/button.tsx";
import { FilePicker } from "./file-picker.tsx";
import { importFiles } from "./import-files.ts";
import { importDemo } from "./upload-store.ts";

/** What a newcomer is offered: to bring their own conversations, or to look around with made-up ones. */
export function ImportInvitation({ opensAtOnce }: { opensAtOnce: boolean }) {
  return (
    <section
      aria-labelledby="bring"
      className="flex flex-col gap-4 rounded-card border border-dashed border-control-line/60 bg-sunk p-6 max-md:p-4"
    >
      <div className="max-w-[68ch]">
        <h2 id="bring" className="text-20 font-semibold">
          Bring your conversations
        </h2>
        <p className="mt-1 text-14 text-ink-soft">
          Drop the export of ChatGPT or Claude here, exactly as you got it. It is kept as it is, on this
          machine only, and becomes a runtime that you can read, search and continue.
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <FilePicker tone="primary" opensAtOnce={opensAtOnce} onFiles={importFiles}>
          Choose an export
        </FilePicker>
        <Button
          onClick={() => {
            importDemo().catch(() => {
              // Told where it happened.
            });
          }}
        >
          Try it with demo data
        </Button>
      </div>
      <p className="text-13 text-ink-muted">
        Where exports come from: in ChatGPT, Settings, Data controls, Export data; in Claude, Settings,
        Privacy, Export data. The link comes by e-mail.
      </p>
    </section>
  );
}
