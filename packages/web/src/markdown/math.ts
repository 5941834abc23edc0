import type { MathPlugin } from "@streamdown/math";
import { createContext, useEffect, useState } from "react";
import { mayHoldMath } from "./math-source.ts";

/** Draws a formula into an element. @throws Error for a formula that cannot be read */
export type DrawFormula = (tex: string, element: HTMLElement, isDisplay: boolean) => void;

/** What reads and draws mathematics. */
export interface MathTools {
  plugin: MathPlugin;
  draw: DrawFormula;
}

export const MathContext = createContext<DrawFormula | undefined>(undefined);

/** The hidden MathML of these carries style attributes, which the page's policy refuses. */
const styledMathml = /\\(?:boxed|fbox|pmb|f?colorbox)/;

let loading: Promise<MathTools> | undefined;
let loaded: MathTools | undefined;

async function loadNow(): Promise<MathTools> {
  const [{ createMathPlugin }, { render }] = await Promise.all([
    import("@streamdown/math"),
    import("katex"),
    import("katex/dist/katex.min.css"),
  ]);
  loaded = {
    // Only the reading of it is used: its drawing goes through HTML text with style attributes.
    plugin: { ...createMathPlugin(), rehypePlugin: () => undefined },
    draw: (tex, element, displayMode) => {
      render(tex, element, {
        displayMode,
        throwOnError: true,
        trust: false,
        strict: "ignore",
        maxExpand: 200,
        maxSize: 40,
        output: styledMathml.test(tex) ? "html" : "htmlAndMathml",
      });
    },
  };
  return loaded;
}

/** What is needed for mathematics, as soon as it is there; undefined for text that has none. */
export function useMath(text: string): MathTools | undefined {
  const wanted = mayHoldMath(text);
  const [tools, setTools] = useState(loaded);
  useEffect(() => {
    if (!wanted || tools !== undefined) return undefined;
    let here = true;
    loading ??= loadNow();
    loading.then(
      (value) => {
        if (here) setTools(value);
      },
      // It could not be fetched: the formula stays readable as it was written, and the next one asks again.
      () => {
        loading = undefined;
      },
    );
    return () => {
      here = false;
    };
  }, [wanted, tools]);
  return wanted ? tools : undefined;
}
