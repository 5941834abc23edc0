import { X } from "lucide-react";
import { Toast as Primitive } from "radix-ui";
import { useSyncExternalStore } from "react";
import { IconButton } from "./button.tsx";
import { currentToasts, dismissToast, onToasts } from "./toast-store.ts";

const plainMs = 7000;
const problemMs = 20_000;

/** Where toasts appear; once per page. F8 moves the focus there. */
export function Toasts() {
  const toasts = useSyncExternalStore(onToasts, currentToasts);
  return (
    <Primitive.Provider label="Notice" swipeDirection="right">
      {toasts.map((toast) => (
        <Primitive.Root
          key={toast.id}
          duration={toast.tone === "problem" ? problemMs : plainMs}
          type={toast.tone === "problem" ? "foreground" : "background"}
          onOpenChange={(isOpen) => {
            if (!isOpen) dismissToast(toast.id);
          }}
          className="flex animate-rise items-center gap-3 rounded-card border border-hairline bg-raised py-2 pr-2 pl-4 shadow-float"
        >
          {toast.tone === "problem" && <span aria-hidden className="h-5 w-1 shrink-0 rounded-full bg-red" />}
          <div className="min-w-0 flex-1">
            <Primitive.Title className="text-14 break-words text-ink">{toast.message}</Primitive.Title>
            {toast.hint !== undefined && (
              <Primitive.Description className="text-13 text-ink-soft">{toast.hint}</Primitive.Description>
            )}
          </div>
          {toast.action !== undefined && (
            <Primitive.Action asChild altText={toast.action.label}>
              <button
                type="button"
                onClick={toast.action.onAct}
                className="h-8 shrink-0 rounded-control px-2 text-14 font-medium text-accent-ink hover:bg-hover max-md:h-11"
              >
                {toast.action.label}
              </button>
            </Primitive.Action>
          )}
          <Primitive.Close asChild>
            <IconButton label="Close this notice">
              <X size={16} />
            </IconButton>
          </Primitive.Close>
        </Primitive.Root>
      ))}
      <Primitive.Viewport className="fixed top-14 right-4 z-[60] flex w-[min(400px,calc(100vw-32px))] flex-col gap-2 outline-none" />
    </Primitive.Provider>
  );
}
