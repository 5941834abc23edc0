import { useEffect, useRef, useState } from "react";
import { Button } from "../../ui/button.tsx";

interface MessageEditorProps {
  text: string;
  /** `resend`: on a branch of its own, to be answered. `correct`: in place. */
  purpose: "resend" | "correct";
  onSend: (text: string) => Promise<void>;
  onCancel: () => void;
}

const purposes = {
  resend: { act: "Send", kept: "The former text stays, on a branch of its own." },
  correct: { act: "Save", kept: "The former text is kept; undo brings it back." },
} as const;

/** Another text for a message. The former one is kept in any case. */
export function MessageEditor({ text, purpose, onSend, onCancel }: MessageEditorProps) {
  const [value, setValue] = useState(text);
  const [isSending, setSending] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(text.length, text.length);
  }, [text]);
  const send = () => {
    if (value.trim() === "" || isSending) return;
    setSending(true);
    const end = () => setSending(false);
    onSend(value).then(end, end);
  };
  return (
    <div className="rounded-control border border-control-line bg-raised p-2">
      <textarea
        ref={field}
        aria-label="Another text for this message"
        value={value}
        onChange={(event) => setValue(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onCancel();
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            send();
          }
        }}
        className="field-sizing-content max-h-[50vh] min-h-20 w-full resize-none bg-transparent px-2 py-1 font-reading text-16 leading-6 outline-none"
      />
      <div className="flex flex-wrap items-center justify-end gap-2">
        <p className="mr-auto px-2 text-12 text-ink-muted">{purposes[purpose].kept}</p>
        <Button tone="quiet" onClick={onCancel}>
          Cancel
        </Button>
        <Button tone="primary" onClick={send} disabled={isSending || value.trim() === ""}>
          {purposes[purpose].act}
        </Button>
      </div>
    </div>
  );
}
