import type { Message } from "@chatty/server/api";
import { useEffect, useState, type ReactNode } from "react";
import { Skeleton } from "../../ui/skeleton.tsx";
import { isFolded } from "./message-blocks.ts";
import type { RowGate } from "./row-gate.ts";

const unknownHeight = 168;

/** A guess at the height of a message in pixels, near enough that little moves when it is measured. */
export function estimatedHeight(message: Message | undefined): number {
  if (message === undefined) return unknownHeight;
  if (isFolded(message)) return 44;
  const length = message.content.length;
  return 72 + Math.ceil(length / 78) * 26 + Math.min(40, length / 300) * 13;
}

/** The shape of a message that is not there yet, or not drawn yet. */
export function RowSkeleton({ message }: { message?: Message | undefined }) {
  return (
    <div
      className="mx-auto max-w-[744px] overflow-hidden px-4 py-3 md:px-6"
      style={{ height: estimatedHeight(message) }}
    >
      <Skeleton className="h-3 w-32" />
      <Skeleton className="mt-4 h-4 w-full" />
      <Skeleton className="mt-3 h-4 w-11/12" />
      <Skeleton className="mt-3 h-4 w-2/3" />
    </div>
  );
}

interface GatedRowProps {
  gate: RowGate;
  message: Message;
  children: () => ReactNode;
}

/** Draws a row when it is its turn; its shape before. */
export function GatedRow({ gate, message, children }: GatedRowProps) {
  const [isReady, setReady] = useState(gate.take);
  useEffect(() => (isReady ? undefined : gate.wait(() => setReady(true))), [gate, isReady]);
  return isReady ? children() : <RowSkeleton message={message} />;
}
