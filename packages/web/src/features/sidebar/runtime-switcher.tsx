import type { Runtime } from "@chatty/server/api";
import { Check, ChevronsUpDown, Library } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { formatAmount } from "../../ui/format.ts";
import { Menu, MenuItem, MenuLine } from "../../ui/menu.tsx";
import { OriginMark } from "../../ui/origin-mark.tsx";

interface RuntimeSwitcherProps {
  runtimes: readonly Runtime[];
  active: Runtime;
  onSwitch: (runtimeId: string) => void;
  onManage: () => void;
}

/** Says which runtime is active, and switches to another. */
export function RuntimeSwitcher({ runtimes, active, onSwitch, onManage }: RuntimeSwitcherProps) {
  return (
    <Menu
      className="w-(--radix-dropdown-menu-trigger-width) min-w-64"
      trigger={
        <button
          type="button"
          aria-label={`Runtime: ${active.name}. Switch`}
          className="flex h-10 min-w-0 flex-1 items-center gap-2.5 rounded-control px-2 text-left hover:bg-hover data-[state=open]:bg-hover max-md:h-11"
        >
          <OriginMark origin={active} />
          {/* The button is named as a whole; what is in it is its picture. */}
          <span aria-hidden className="min-w-0 flex-1 truncate text-14 font-semibold text-ink">
            {active.name}
          </span>
          <ChevronsUpDown size={16} aria-hidden className="shrink-0 text-ink-muted" />
        </button>
      }
    >
      <DropdownMenu.RadioGroup value={active.runtimeId} onValueChange={onSwitch}>
        {runtimes.map((runtime) => (
          <DropdownMenu.RadioItem
            key={runtime.runtimeId}
            value={runtime.runtimeId}
            textValue={runtime.name}
            className="flex min-h-11 items-center gap-2.5 rounded-control px-2 py-1.5 outline-none select-none data-[highlighted]:bg-hover"
          >
            <OriginMark origin={runtime} />
            <span className="min-w-0 flex-1">
              <span className="block truncate text-14 text-ink">{runtime.name}</span>
              <span className="tabular block truncate text-12 text-ink-muted">
                {formatAmount(runtime.conversationCount, "conversation")}
              </span>
            </span>
            <DropdownMenu.ItemIndicator>
              <Check size={16} className="text-accent-ink" />
            </DropdownMenu.ItemIndicator>
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
      <MenuLine />
      <MenuItem icon={<Library size={16} />} onSelect={onManage}>
        All runtimes and import
      </MenuItem>
    </Menu>
  );
}
