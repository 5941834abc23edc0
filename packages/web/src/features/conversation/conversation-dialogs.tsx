import type { FilePart } from "@chatty/model";
import type { Message } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
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
      if (isReadableText(file)) return <TextView address={address} />;
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

/** More than this is for a program that is made for it. */
const longestText = 1024 * 1024;

function isReadableText({ mime = "", name = "", size }: FilePart): boolean {
  const isText =
    mime.startsWith("text/") || mime === "application/json" || /\.(?:md|txt|csv|json)$/i.test(name);
  return isText && size !== undefined && size <= longestText;
}

/** A text as it is: nothing of it is taken for structure. */
function TextView({ address }: { address: string }) {
  const { data, isError } = useQuery({
    queryKey: ["file-text", address],
    queryFn: async ({ signal }) => {
      const response = await fetch(address, { credentials: "same-origin", signal });
      if (!response.ok) throw new Error(`The file was answered with ${response.status}.`);
      return await response.text();
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (isError)
    return <p className="text-14 text-red">This file cannot be read. It can still be downloaded.</p>;
  return (
    <pre
      tabIndex={0}
      aria-busy={data === undefined}
      className="max-h-[70dvh] min-h-24 overflow-auto rounded-control bg-sunk p-3 font-mono text-13 whitespace-pre-wrap"
    >
      {data}
    </pre>
  );
}
