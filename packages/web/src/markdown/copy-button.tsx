import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

/** Copies text and says so for a moment. @param what what is copied, for the button's name */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [state, setState] = useState<"ready" | "copied" | "failed">("ready");
  useEffect(() => {
    if (state === "ready") return undefined;
    const timer = setTimeout(() => setState("ready"), 1600);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      // The browser may forbid it; then the person is told and selects by hand.
      () => setState("failed"),
    );
  };
  const label = state === "copied" ? "Copied" : state === "failed" ? "Could not copy" : "Copy";
  return (
    <button
      type="button"
      className="copy-button"
      onClick={copy}
      aria-label={state === "ready" ? `Copy ${what}` : label}
    >
      {state === "copied" ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      <span>{label}</span>
    </button>
  );
}
