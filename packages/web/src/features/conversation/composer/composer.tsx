import type { GenerateRequest, SessionDetail, UploadedFile } from "@chatty/server/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowUp, Paperclip, Square } from "lucide-react";
import { useRef, useState, type ClipboardEvent, type DragEvent, type KeyboardEvent } from "react";
import { describeError } from "../../../api/client.ts";
import { gptList } from "../../../api/gpts.ts";
import { providerList } from "../../../api/providers.ts";
import { queryKeys } from "../../../api/query-keys.ts";
import { putSettings, settings } from "../../../api/settings.ts";
import { IconButton } from "../../../ui/button.tsx";
import { showProblem } from "../../../ui/toast-store.ts";
import { AttachmentChips } from "./attachment-chips.tsx";
import { AnswerAsPicker, modelChoices, ModelPicker } from "./pickers.tsx";
import { RecallButton } from "./recall-button.tsx";
import { useAttachments } from "./use-attachments.ts";
import { useDraft } from "./use-draft.ts";

/** What the person sends. Without `generate` it is only kept: there is no model yet. */
export interface Sending {
  text: string;
  files: UploadedFile[];
  generate: GenerateRequest | undefined;
}

interface ComposerProps {
  session: SessionDetail;
  isGenerating: boolean;
  /** Answers false when it could not be kept; then what was written stays. */
  onSend: (sending: Sending) => Promise<boolean>;
  onStop: () => void;
}

/** Where the person writes. */
export function Composer({ session, isGenerating, onSend, onStop }: ComposerProps) {
  const client = useQueryClient();
  const preferences = useQuery(settings()).data;
  const draft = useDraft(session, {
    quietMs: preferences?.draftSaveMs ?? 750,
    mostMs: preferences?.draftSaveMaxMs ?? 10_000,
  });
  const files = useAttachments();
  const picker = useRef<HTMLInputElement>(null);
  const [isSending, setSending] = useState(false);
  const [isOver, setOver] = useState(false);
  const [constructId, setConstructId] = useState<string>();
  const providers = useQuery(providerList());
  const constructs = useQuery(gptList()).data?.gpts ?? [];
  const models = modelChoices(providers.data);
  const chosen = models.find((model) => model.id === preferences?.defaultModel) ?? models[0];
  const hasNoModel = providers.data !== undefined && models.length === 0;

  const isUploading = files.attachments.some(
    (one) => one.uploaded === undefined && one.problem === undefined,
  );
  const hasProblem = files.attachments.some((one) => one.problem !== undefined);
  const isEmpty = draft.text.trim() === "" && files.attachments.length === 0;
  const why = isGenerating
    ? "An answer is being written. Stop it to send something else."
    : isUploading
      ? "Files are still on their way."
      : hasProblem
        ? "Remove the file that could not be sent."
        : isEmpty
          ? "Write something first."
          : undefined;

  const send = async () => {
    if (why !== undefined || isSending) return;
    setSending(true);
    const sentFiles = files.attachments;
    const sentText = draft.text;
    // At once: what is typed from now on is the next message.
    draft.clear();
    files.clear();
    const generate: GenerateRequest = {
      ...(chosen === undefined ? {} : { model: chosen.id }),
      ...(constructId === undefined ? {} : { constructId }),
    };
    try {
      const isKept = await onSend({
        text: sentText,
        files: sentFiles.flatMap((one) => (one.uploaded === undefined ? [] : [one.uploaded])),
        generate: hasNoModel ? undefined : generate,
      });
      if (!isKept) {
        draft.bringBack(sentText);
        files.bringBack(sentFiles);
      }
    } finally {
      setSending(false);
    }
  };
  const sendNow = () => {
    send().then(undefined, (error: unknown) => showProblem(describeError(error)));
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While characters are composed (Japanese, Chinese …) Enter belongs to that.
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    const hasMod = event.ctrlKey || event.metaKey;
    const sends = preferences?.sendWith === "mod-enter" ? hasMod : !event.shiftKey;
    if (!sends) return;
    event.preventDefault();
    sendNow();
  };
  const onPaste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    files.add(event.clipboardData.files);
  };
  const onDrop = (event: DragEvent) => {
    setOver(false);
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    // The page around it takes exports; files dropped here are for this message.
    event.stopPropagation();
    files.add(event.dataTransfer.files);
  };

  return (
    <div className="mx-auto w-full max-w-[744px] px-4 pb-3 md:px-6 md:pb-5">
      {hasNoModel && <NoModel />}
      <div
        onDragOver={(event) => {
          if (!event.dataTransfer.types.includes("Files")) return;
          event.preventDefault();
          event.stopPropagation();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
        className={`rounded-card border bg-raised transition-colors duration-120 focus-within:border-control-line ${isOver ? "border-accent" : "border-hairline"}`}
      >
        <AttachmentChips attachments={files.attachments} onRemove={files.remove} />
        <textarea
          aria-label="Message"
          data-composer
          value={draft.text}
          rows={1}
          placeholder={
            isOver
              ? "Drop to attach"
              : `Write to ${session.title === "" ? "this conversation" : session.title}`
          }
          onChange={(event) => draft.setText(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          className="block field-sizing-content max-h-[40dvh] min-h-12 w-full resize-none bg-transparent px-4 pt-3 pb-1 font-reading text-16 leading-6 outline-none placeholder:truncate"
        />
        <div className="flex items-center gap-1 px-2 pb-2">
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            aria-label="Files to attach"
            onChange={(event) => {
              files.add(event.target.files ?? []);
              Object.assign(event.target, { value: "" });
            }}
          />
          <IconButton label="Attach files" onClick={() => picker.current?.click()}>
            <Paperclip size={16} aria-hidden />
          </IconButton>
          {!hasNoModel && <RecallButton sessionId={session.sessionId} model={chosen?.id} />}
          {draft.isUnsaved && <span className="text-12 text-amber">Draft not kept yet</span>}
          <span className="flex-1" />
          <AnswerAsPicker
            constructs={constructs}
            own={session.constructId}
            chosen={constructId}
            onChoose={setConstructId}
          />
          {models.length > 0 && (
            <ModelPicker
              models={models}
              chosen={chosen}
              onChoose={(model) => {
                putSettings({ defaultModel: model.id }).then(
                  (next) => client.setQueryData(queryKeys.settings, next),
                  (error: unknown) => showProblem(describeError(error)),
                );
              }}
            />
          )}
          {isGenerating ? (
            <IconButton
              label="Stop"
              onClick={onStop}
              className="bg-ink text-paper hover:bg-ink-soft hover:text-paper"
            >
              <Square size={14} aria-hidden className="fill-current" />
            </IconButton>
          ) : (
            <button
              type="button"
              aria-label="Send"
              title={why ?? "Send"}
              aria-disabled={why !== undefined || isSending}
              onClick={sendNow}
              className="inline-flex size-8 shrink-0 items-center justify-center rounded-control bg-accent text-on-accent transition-colors duration-120 hover:bg-accent-hover aria-disabled:bg-pressed aria-disabled:text-ink-muted max-md:size-11"
            >
              <ArrowUp size={16} aria-hidden />
            </button>
          )}
        </div>
      </div>
    </div>
  );
}

function NoModel() {
  return (
    <p className="mb-2 rounded-control bg-sunk px-4 py-2 text-13 text-ink-soft">
      There is no model yet, so nobody answers. What you write is kept all the same.{" "}
      <Link
        to="/app/settings/$section"
        params={{ section: "providers" }}
        className="font-medium text-accent-ink underline underline-offset-2"
      >
        Set up a model
      </Link>
    </p>
  );
}
