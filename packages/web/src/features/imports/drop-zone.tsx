import { FileArchive } from "lucide-react";
import { useEffect, useState } from "react";

/** Makes the whole page take files; shows so while some are held over it. */
export function DropZone({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const [isHeldOver, setHeldOver] = useState(false);
  useEffect(() => {
    // Enter and leave come for every element on the way; only the balance says whether one is still over the page.
    let depth = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
    const onEnter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth += 1;
      setHeldOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setHeldOver(false);
    };
    const onOver = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setHeldOver(false);
      const files = Array.from(event.dataTransfer?.files ?? []);
      if (files.length > 0) onFiles(files);
    };
    addEventListener("dragenter", onEnter);
    addEventListener("dragleave", onLeave);
    addEventListener("dragover", onOver);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragenter", onEnter);
      removeEventListener("dragleave", onLeave);
      removeEventListener("dragover", onOver);
      removeEventListener("drop", onDrop);
    };
  }, [onFiles]);
  if (!isHeldOver) return null;
  return (
    <div className="pointer-events-none fixed inset-3 z-50 flex animate-appear flex-col items-center justify-center gap-3 rounded-dialog border-2 border-dashed border-accent bg-paper/92">
      <FileArchive size={32} aria-hidden className="text-accent-ink" />
      <p className="text-20 font-semibold">Drop to import</p>
      <p className="text-14 text-ink-soft">The export is kept as it is. Nothing leaves this machine.</p>
    </div>
  );
}
