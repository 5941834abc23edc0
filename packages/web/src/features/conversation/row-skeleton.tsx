import type { Message } from "@chatty/server/api";
import { Skeleton } from "../../ui/skeleton.tsx";
import { isFolded } from "./message-blocks.ts";

const unknownHeight = 168;

/** A guess at the height of a message in pixels, near enough that little moves when it is measured. */
export function estimatedHeight(message: Message | undefined): number {
  if (message === undefined) return unknownHeight;
  if (isFolded(message)) return 44;
  const length = message.content.length;
  return 72 + Math.ceil(length / 78) * 26 + Math.min(40, length / 300) * 13;
}

/** The shape of a message that is not there yet. */
export function RowSkeleton() {
  return (
    <div className="mx-auto max-w-[720px] px-4 py-3 md:px-6" style={{ height: unknownHeight }}>
      <Skeleton className="h-3 w-32" />
      <Skeleton className="mt-4 h-4 w-full" />
      <Skeleton className="mt-3 h-4 w-11/12" />
      <Skeleton className="mt-3 h-4 w-2/3" />
    </div>
  );
}
