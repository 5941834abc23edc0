import type { MathPlugin } from "@streamdown/math";
import { useEffect, useState } from "react";
import { mayHoldMath } from "./math-source.ts";

let loading: Promise<MathPlugin> | undefined;
let loaded: MathPlugin | undefined;

function load(): Promise<MathPlugin> {
  loading ??= Promise.all([import("@streamdown/math"), import("katex/dist/katex.min.css")]).then(
    ([{ createMathPlugin }]) => {
      loaded = createMathPlugin({ errorColor: "var(--red)" });
      return loaded;
    },
  );
  return loading;
}

/** What draws mathematics, as soon as it is there; undefined for text that has none. */
export function useMath(text: string): MathPlugin | undefined {
  const wanted = mayHoldMath(text);
  const [plugin, setPlugin] = useState(loaded);
  useEffect(() => {
    if (!wanted || plugin !== undefined) return undefined;
    let here = true;
    load().then(
      (value) => {
        if (here) setPlugin(value);
      },
      // The chunk could not be fetched: the formula stays readable as it was written, and the next one asks again.
      () => {
        loading = undefined;
      },
    );
    return () => {
      here = false;
    };
  }, [wanted, plugin]);
  return wanted ? plugin : undefined;
}
