import { use, useLayoutEffect, useRef } from "react";
import { MathContext } from "./math.ts";

/** One formula; one that cannot be read stays as it was written. */
export function Formula({ tex, isDisplay }: { tex: string; isDisplay: boolean }) {
  const draw = use(MathContext);
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const element = place.current;
    if (draw === undefined || element === null) return;
    try {
      draw(tex, element, isDisplay);
      element.classList.remove("unread-formula");
    } catch {
      // Not a formula, or one that the renderer does not know: shown as it was written.
      element.textContent = tex;
      element.classList.add("unread-formula");
    }
  }, [draw, tex, isDisplay]);
  return <span ref={place} className={isDisplay ? "formula-display" : "formula"} />;
}
