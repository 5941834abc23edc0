import { useEffect } from "react";
import { ApiError, describeError } from "../../api/client.ts";
import { takeBack } from "../../api/sessions.ts";
import { showProblem, showToast } from "../../ui/toast-store.ts";

/**
 * Ctrl-Z (Cmd-Z) takes back the last change of the open conversation, and with Shift the last undo. In a field the keys belong to the
 * field.
 */
export function useUndoKey(sessionId: string, isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.altKey;
      if (!isUndo || event.repeat || event.defaultPrevented || isField(event.target)) return;
      event.preventDefault();
      change(sessionId, event.shiftKey ? "redo" : "undo");
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [sessionId, isOn]);
}

function change(sessionId: string, direction: "undo" | "redo"): void {
  const back = direction === "undo" ? "redo" : "undo";
  takeBack(sessionId, direction).then(
    () =>
      showToast({
        message: direction === "undo" ? "The last change was taken back." : "The change was made again.",
        action: {
          label: direction === "undo" ? "Redo" : "Undo",
          onAct: () => change(sessionId, back),
        },
      }),
    (error: unknown) => {
      const isNothing = error instanceof ApiError && error.code.startsWith("NOTHING_TO_");
      if (isNothing) showToast({ message: `There is nothing to ${direction} here.` });
      else showProblem(describeError(error));
    },
  );
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input, textarea, select, [contenteditable], [role=dialog]") !== null
  );
}
