import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton } from "./button.tsx";
import { cx } from "./class-names.ts";

interface DialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: string;
  /** One sentence under the title. */
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons, the one that goes on last. */
  actions?: ReactNode;
  isWide?: boolean;
}

/** A window above the page that must be answered or closed. */
export function Dialog({ isOpen, onOpenChange, title, description, children, actions, isWide }: DialogProps) {
  return (
    <Primitive.Root open={isOpen} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Primitive.Overlay className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Primitive.Content
          {...(description === undefined ? { "aria-describedby": undefined } : {})}
          className={cx(
            "fixed top-1/2 left-1/2 z-50 flex max-h-[min(88dvh,720px)] w-[calc(100vw-32px)] -translate-1/2 flex-col",
            "animate-appear rounded-dialog border border-hairline bg-raised shadow-float",
            isWide === true ? "max-w-2xl" : "max-w-md",
          )}
        >
          <div className="pt-4 pr-13 pb-2 pl-5">
            <Primitive.Title className="text-16 font-semibold text-ink">{title}</Primitive.Title>
            {description !== undefined && (
              <Primitive.Description asChild>
                <div className="mt-1 text-14 text-ink-soft">{description}</div>
              </Primitive.Description>
            )}
          </div>
          {children !== undefined && (
            <div className="relative min-h-0 flex-1 overflow-y-auto px-5 py-2">{children}</div>
          )}
          {actions !== undefined && (
            <div className="flex flex-wrap justify-end gap-2 px-5 pt-3 pb-5">{actions}</div>
          )}
          {/* Last, so that the focus begins at the first field or button. */}
          <Primitive.Close asChild>
            <IconButton label="Close" className="absolute top-2.5 right-2.5">
              <X size={16} />
            </IconButton>
          </Primitive.Close>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
