import type { RuntimeView } from "@chatty/store";
import { count } from "./phrases.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";

export function renderRuntimes(runtimes: readonly RuntimeView[], style: Style, isDeleted = false): string {
  if (isDeleted && runtimes.length === 0) return "No deleted runtimes.\n";
  const table = renderTable(
    [
      { title: "", paint: style.good },
      { title: "RUNTIME", paint: style.accent },
      { title: "NAME", flexible: true, paint: style.strong },
      { title: "KIND", givesWay: 2 },
      {
        title: "CONVERSATIONS",
        align: "right",
        givesWay: 1,
        shorten: (text) => (text === "CONVERSATIONS" ? "CONV" : text),
      },
      {
        title: "MESSAGES",
        align: "right",
        givesWay: 3,
        shorten: (text) => (text === "MESSAGES" ? "MSGS" : text),
      },
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
  const next = isDeleted
    ? "`chatty runtimes restore RUNTIME` brings one back."
    : runtimes.some((runtime) => runtime.kind === "imported")
      ? "`chatty sessions --runtime RUNTIME` lists the conversations of one."
      : "Nothing is imported yet: `chatty import export.zip` takes an export in, `chatty demo` a made-up one.";
  return `${table}\n${style.hint(next)}\n`;
}
