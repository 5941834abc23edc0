import type { FilePart } from "@chatty/model";
import { FileAudio, FileQuestion, FileText, FileVideo } from "lucide-react";
import { apiUrl } from "../../api/client.ts";
import { Markdown } from "../../markdown/markdown.tsx";
import { formatBytes } from "../../ui/format.ts";
import { useConversation } from "./conversation-context.ts";
import { Fold } from "./fold.tsx";

/** Where the bytes of a conversation's file are. */
export function fileAddress(sessionId: string, file: FilePart, isDownload = false): string | undefined {
  if (file.missing === true || file.fileId === undefined) return undefined;
  return apiUrl(`/api/sessions/${encodeURIComponent(sessionId)}/files/${encodeURIComponent(file.fileId)}`, {
    name: file.name,
    download: isDownload ? true : undefined,
  });
}

export function fileName(file: FilePart): string {
  return file.name ?? file.pointer ?? file.fileId ?? "a file without a name";
}

/** Pictures as pictures, other files as a line with their name; what the export does not hold says so. */
export function Files({ files, messageId }: { files: readonly FilePart[]; messageId: string }) {
  return (
    <div data-chrome className="my-2 flex flex-wrap items-start gap-2">
      {files.map((file, index) => (
        <OneFile key={index} file={file} foldId={`${messageId} file ${index}`} />
      ))}
    </div>
  );
}

function OneFile({ file, foldId }: { file: FilePart; foldId: string }) {
  const { session, showFile } = useConversation();
  const address = fileAddress(session().sessionId, file);
  const name = fileName(file);
  if (address === undefined) return <MissingFile name={name} file={file} foldId={foldId} />;
  if (file.kind === "image") {
    return (
      <button
        type="button"
        onClick={() => showFile(file)}
        aria-label={`Open the picture ${name}`}
        className="h-56 max-w-full overflow-hidden rounded-control border border-hairline bg-sunk"
      >
        {/* The height is reserved: nothing moves when the picture comes. */}
        <img
          src={address}
          alt={name}
          loading="lazy"
          decoding="async"
          className="h-full max-w-full min-w-24 object-contain"
        />
      </button>
    );
  }
  const Icon = file.kind === "audio" ? FileAudio : file.kind === "video" ? FileVideo : FileText;
  return (
    <div className="max-w-full">
      <button
        type="button"
        onClick={() => showFile(file)}
        className="inline-flex h-9 max-w-full items-center gap-2 rounded-control border border-hairline bg-raised px-3 text-13 text-ink hover:bg-hover max-md:h-11"
      >
        <Icon size={16} aria-hidden className="shrink-0 text-ink-muted" />
        <span className="truncate">{name}</span>
        {file.size !== undefined && (
          <span className="shrink-0 text-ink-muted tabular">{formatBytes(file.size)}</span>
        )}
      </button>
      <Extract file={file} foldId={foldId} />
    </div>
  );
}

function MissingFile({ name, file, foldId }: { name: string; file: FilePart; foldId: string }) {
  const what = file.kind === "image" ? "Picture" : "File";
  return (
    <div className="max-w-full">
      <p className="inline-flex min-h-9 max-w-full items-center gap-2 rounded-control border border-dashed border-control-line px-3 py-1.5 text-13 text-ink-soft">
        <FileQuestion size={16} aria-hidden className="shrink-0 text-ink-muted" />
        <span className="min-w-0 [overflow-wrap:anywhere]">
          {name} <span className="text-ink-muted">· {what} not in the export</span>
        </span>
      </p>
      <Extract file={file} foldId={foldId} />
    </div>
  );
}

function Extract({ file, foldId }: { file: FilePart; foldId: string }) {
  if (file.extractedText === undefined || file.extractedText === "") return null;
  return (
    <Fold id={foldId} summary="Text of the file, as the source read it">
      <Markdown text={file.extractedText} />
    </Fold>
  );
}
