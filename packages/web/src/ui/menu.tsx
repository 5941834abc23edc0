import { Check } from "lucide-react";
import { DropdownMenu as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "./class-names.ts";

interface MenuProps {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
  side?: "top" | "bottom";
  isOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
  /** Called instead of giving the focus back to the trigger. */
  onClosed?: (event: Event) => void;
  className?: string;
}

/** A list of acts that opens from a button; arrow keys, letters and Escape work as everywhere. */
export function Menu({
  trigger,
  children,
  align = "start",
  side = "bottom",
  isOpen,
  onOpenChange,
  onClosed,
  className,
}: MenuProps) {
  return (
    // Not modal: the page behind stays readable, and nothing focusable is ever hidden from those who listen.
    <Primitive.Root
      modal={false}
      {...(isOpen === undefined ? {} : { open: isOpen })}
      {...(onOpenChange === undefined ? {} : { onOpenChange })}
    >
      <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          {...(onClosed === undefined ? {} : { onCloseAutoFocus: onClosed })}
          className={cx(
            "z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-48 animate-rise overflow-y-auto rounded-card border",
            "border-hairline bg-raised p-1 shadow-float",
            className,
          )}
        >
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

const itemClass =
  "flex min-h-8 items-center gap-2.5 rounded-control px-2 py-1 text-14 text-ink outline-none select-none " +
  "data-[highlighted]:bg-hover data-[disabled]:text-ink-muted data-[disabled]:opacity-60 max-md:min-h-11";

interface MenuItemProps {
  children: ReactNode;
  onSelect: () => void;
  icon?: ReactNode;
  /** The key that does the same. */
  hint?: string;
  isDanger?: boolean;
  isDisabled?: boolean;
}

export function MenuItem({ children, onSelect, icon, hint, isDanger, isDisabled = false }: MenuItemProps) {
  return (
    <Primitive.Item
      disabled={isDisabled}
      onSelect={onSelect}
      className={cx(itemClass, isDanger === true && "text-red")}
    >
      {icon !== undefined && (
        <span className="text-ink-muted [[data-highlighted]_&]:text-current">{icon}</span>
      )}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {hint !== undefined && <kbd className="font-sans text-12 text-ink-muted">{hint}</kbd>}
    </Primitive.Item>
  );
}

interface MenuChoiceProps {
  children: ReactNode;
  isChosen: boolean;
  onSelect: () => void;
}

/** One of several, with a tick at the chosen one. */
export function MenuChoice({ children, isChosen, onSelect }: MenuChoiceProps) {
  return (
    <Primitive.CheckboxItem checked={isChosen} onSelect={onSelect} className={itemClass}>
      <span className="min-w-0 flex-1">{children}</span>
      <Primitive.ItemIndicator>
        <Check size={16} className="text-accent-ink" />
      </Primitive.ItemIndicator>
    </Primitive.CheckboxItem>
  );
}

export function MenuLine() {
  return <Primitive.Separator className="mx-2 my-1 h-px bg-hairline" />;
}
