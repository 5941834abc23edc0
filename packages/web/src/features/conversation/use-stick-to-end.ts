import { useCallback, useEffect, useRef, type RefObject } from "react";

interface StickOptions {
  scroller: RefObject<HTMLElement | null>;
  /** False while the end of what is laid out is not the end of the conversation. */
  isEnd: RefObject<boolean>;
  /** Pixels within which one counts as being at the end. */
  threshold: number;
}

/**
 * Stays at the end while one is there, whatever grows or shrinks: an answer, a picture, the composer, the window. Only the reader
 * leaves the end, by moving up. Answers with how to say that another place is wanted.
 */
export function useStickToEnd({ scroller, isEnd, threshold }: StickOptions): (isStuck: boolean) => void {
  const isStuck = useRef(true);

  useEffect(() => {
    const element = scroller.current;
    const content = element?.firstElementChild;
    if (element === null || content === null || content === undefined) return undefined;
    let lastTop = element.scrollTop;
    let lastHeight = element.scrollHeight;
    const onScroll = () => {
      const { scrollTop, scrollHeight, clientHeight } = element;
      if (scrollHeight - clientHeight - scrollTop <= threshold) isStuck.current = true;
      // What became shorter moves the view as well; that is not the reader.
      else if (scrollTop < lastTop && scrollHeight >= lastHeight) isStuck.current = false;
      lastTop = scrollTop;
      lastHeight = scrollHeight;
    };
    const sizes = new ResizeObserver(() => {
      if (!isStuck.current || !isEnd.current) return;
      const end = element.scrollHeight - element.clientHeight;
      if (element.scrollTop < end - 1) element.scrollTo({ top: end });
    });
    sizes.observe(element);
    sizes.observe(content);
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }, [scroller, isEnd, threshold]);

  return useCallback((next) => {
    isStuck.current = next;
  }, []);
}
