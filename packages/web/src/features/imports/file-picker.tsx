import { useEffect, useRef, type ReactNode } from "react";
import { Button, type ButtonTone } from "../../ui/button.tsx";

interface FilePickerProps {
  onFiles: (files: readonly File[]) => void;
  tone?: ButtonTone;
  isSingle?: boolean;
  /** Opens the list of files as soon as it is shown; for whoever came here to import. */
  opensAtOnce?: boolean;
  children: ReactNode;
}

/** A button that lets one choose files. */
export function FilePicker({
  onFiles,
  tone = "plain",
  isSingle = false,
  opensAtOnce = false,
  children,
}: FilePickerProps) {
  const input = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!opensAtOnce) return;
    // A browser opens it only soon after a click; otherwise the button at least has the focus.
    button.current?.focus();
    input.current?.click();
  }, [opensAtOnce]);
  return (
    <>
      <input
        ref={input}
        type="file"
        aria-label="Export to import"
        tabIndex={-1}
        multiple={!isSingle}
        className="sr-only"
        onChange={(event) => {
          const files = Array.from(event.target.files ?? []);
          // The same file may be chosen again after it was cancelled.
          event.target.value = "";
          if (files.length > 0) onFiles(files);
        }}
      />
      <Button ref={button} tone={tone} onClick={() => input.current?.click()}>
        {children}
      </Button>
    </>
  );
}
