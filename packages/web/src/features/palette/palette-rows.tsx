import { Command } from "cmdk";
import type { ReactNode } from "react";

/** What belongs together, under a heading. */
export function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-12 [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-ink-muted"
    >
      {children}
    </Command.Group>
  );
}

/** One line that can be chosen. */
export function Item({
  value,
  onSelect,
  children,
}: {
  value: string;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-control px-2.5 text-14 text-ink select-none data-[selected=true]:bg-selected max-md:min-h-11"
    >
      {children}
    </Command.Item>
  );
}

/** A picture before a line; never its only word. */
export function PaletteIcon({ children }: { children: ReactNode }) {
  return (
    <span aria-hidden className="inline-flex size-6 shrink-0 items-center justify-center text-ink-muted">
      {children}
    </span>
  );
}
