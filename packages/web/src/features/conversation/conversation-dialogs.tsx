import type { FilePart } from "@chatty/model";
import type { Message } from "@chatty/server/api";
import { CodeBlock } from "../../markdown/code-block.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { formatBytes } from "../../ui/format.ts";
import { fileAddress, fileName } from "./file-part.tsx";

/** A message exactly as the server gave it. */
export function RawDialog({ message, onClose }: { message: Message | undefined; onClose: () => void }) {
  return (
    <Dialog
      isOpen={message !== undefined}
      onOpenChange={onClose}
      title="Raw message"
      description="As Chatty keeps it. The source's own bytes are in the raw export of the conversation."
      isWide
    >
      {message !== undefined && <CodeBlock code={JSON.stringify(message, null, 2)} language="json" />}
    </Dialog>
  );
}

interface FileDialogProps {
  sessionId: string;
  file: FilePart | undefined;
  onClose: () => void;
}

/** A picture, a recording, a film or a document, large. */
export function FileDialog({ sessionId, file, onClose }: FileDialogProps) {
  const address = file === undefined ? undefined : fileAddress(sessionId, file);
  return (
    <Dialog
      isOpen={file !== undefined}
      onOpenChange={onClose}
      title={file === undefined ? "File" : fileName(file)}
      isWide
      actions={
        file !== undefined &&
        address !== undefined && (
          <a
            href={fileAddress(sessionId, file, true)}
            download={fileName(file)}
            className="inline-flex h-8 items-center rounded-control border border-hairline px-3 text-14 font-medium hover:bg-hover max-md:h-11"
          >
            Download
          </a>
        )
      }
    >
      {file !== undefined && address !== undefined && <FileView file={file} address={address} />}
    </Dialog>
  );
}

function FileView({ file, address }: { file: FilePart; address: string }) {
  const name = fileName(file);
  switch (file.kind) {
    case "image":
      return (
        <img
          src={address}
          alt={name}
          className="mx-auto max-h-[70dvh] max-w-full rounded-control object-contain"
        />
      );
    case "audio":
      return (
        <audio controls src={address} aria-label={name} className="w-full">
          {/* Exports hold no captions. */}
          <track kind="captions" />
        </audio>
      );
    case "video":
      return (
        <video controls src={address} aria-label={name} className="max-h-[70dvh] w-full">
          <track kind="captions" />
        </video>
      );
    case "file":
      return (
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-14">
          <dt className="text-ink-muted">Kind</dt>
          <dd>{file.mime ?? "unknown"}</dd>
          <dt className="text-ink-muted">Size</dt>
          <dd>{file.size === undefined ? "unknown" : formatBytes(file.size)}</dd>
        </dl>
      );
  }
}
