import type { RuntimeView } from "@chatty/store";
import { count } from "./phrases.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";

export function renderRuntimes(runtimes: readonly RuntimeView[], style: Style): string {
  const table = renderTable(
    [
      { title: "", paint: style.good },
      { title: "RUNTIME", paint: style.accent },
      { title: "NAME", flexible: true, paint: style.strong },
      { title: "KIND" },
      { title: "CONVERSATIONS", align: "right" },
      { title: "MESSAGES", align: "right" },
    ],
    runtimes.map((runtime) => [
      runtime.active ? "*" : "",
      runtime.runtimeId,
      runtime.name,
      runtime.provider === undefined ? runtime.kind : `${runtime.kind} (${runtime.provider})`,
      count(runtime.conversationCount),
      count(runtime.messageCount),
    ]),
    style,
  );
  const next = runtimes.some((runtime) => runtime.kind === "imported")
    ? "`chatty sessions --runtime RUNTIME` lists the conversations of one."
    : "Nothing is imported yet: `chatty import export.zip` takes an export in, `chatty demo` a made-up one.";
  return `${table}\n${next}\n`;
}
