import { useEffect, useRef, type RefObject } from "react";
import type { FoundWords } from "./found-words.ts";
import { clearMarks, createKnown, firstMark, paintMarks } from "./paint-marks.ts";

/** Heights settle within this time after a conversation was opened or moved. */
const settleMs = 700;

/**
 * Marks the words in the messages that are drawn, as they come and go. What is drawn is not touched. The first mark of the message at
 * `target` is brought into sight, because a long message would be shown at its beginning.
 */
export function useFoundMarks(
  root: RefObject<HTMLElement | null>,
  words: FoundWords | undefined,
  target: { messageId: string; moves: number } | undefined,
): void {
  const shown = useRef<object>(undefined);
  useEffect(() => {
    const element = root.current;
    if (element === null || words === undefined) return undefined;
    const known = createKnown();
    const until = performance.now() + settleMs;
    let frame = 0;
    const paint = () => {
      frame = 0;
      paintMarks(element, words, known);
      if (target === undefined || shown.current === target) return;
      const mark = firstMark(element, target.messageId, words, known);
      if (mark !== undefined) bringIntoSight(element, mark);
      if (performance.now() > until) shown.current = target;
    };
    const later = () => {
      if (frame === 0) frame = requestAnimationFrame(paint);
    };
    const observer = new MutationObserver(later);
    observer.observe(element, { childList: true, subtree: true, characterData: true });
    // A person who moves goes where they want.
    const leave = () => {
      shown.current = target;
    };
    element.addEventListener("wheel", leave, { passive: true });
    element.addEventListener("touchmove", leave, { passive: true });
    element.addEventListener("keydown", leave);
    const timer = setTimeout(later, settleMs / 2);
    const last = setTimeout(() => {
      later();
      shown.current = target;
    }, settleMs);
    later();
    return () => {
      clearTimeout(timer);
      clearTimeout(last);
      cancelAnimationFrame(frame);
      observer.disconnect();
      element.removeEventListener("wheel", leave);
      element.removeEventListener("touchmove", leave);
      element.removeEventListener("keydown", leave);
      clearMarks();
    };
  }, [root, words, target]);
}

function bringIntoSight(root: HTMLElement, mark: Range): void {
  const scroller = root.querySelector<HTMLElement>("[data-message-scroller]");
  const box = mark.getBoundingClientRect();
  const view = scroller?.getBoundingClientRect();
  if (scroller === null || view === undefined || box.height === 0) return;
  const margin = 24;
  if (box.top >= view.top + margin && box.bottom <= view.bottom - margin) return;
  scroller.scrollBy({ top: box.top - view.top - view.height / 3 });
}
