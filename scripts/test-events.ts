// A reporter for node:test. Node loads a reporter by its default export; that is why there is one here.
import { inspect } from "node:util";
import type { TestEvent } from "node:test/reporters";

/** One line of what a test file reports to `run-tests.ts`. */
export type ReportedEvent =
  | { kind: "passed" | "failed" | "skipped"; name: string; line?: number; reason?: string; error?: string }
  | { kind: "note"; text: string }
  | { kind: "end" };

/** Node reports its totals as diagnostics too. */
const ownCounts = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

export default async function* reportEvents(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const openNames: string[] = [];
  for await (const event of source) {
    if (event.type === "test:start") {
      openNames[event.data.nesting] = event.data.name;
    } else if (event.type === "test:diagnostic" && !ownCounts.test(event.data.message)) {
      yield lineFrom({ kind: "note", text: event.data.message });
    } else if (event.type === "test:pass" || event.type === "test:fail") {
      const { nesting, line, skip, todo, details } = event.data;
      const name = openNames.slice(0, nesting + 1).join(" › ");
      const place = line === undefined ? {} : { line };
      const reason = reasonFrom(skip) ?? reasonFrom(todo, "todo");
      if (reason !== undefined) {
        yield lineFrom({ kind: "skipped", name, ...place, reason });
      } else if (event.type === "test:fail") {
        const { error } = event.data.details;
        // A parent fails with its children; only the children are counted, so that one fault is one failure.
        if (failureType(error) === "subtestsFailed") continue;
        yield lineFrom({ kind: "failed", name, ...place, error: inspect(causeOf(error), { depth: 8 }) });
      } else if (details.type !== "suite") {
        yield lineFrom({ kind: "passed", name, ...place });
      }
    }
  }
  yield lineFrom({ kind: "end" });
}

function lineFrom(event: ReportedEvent): string {
  return `${JSON.stringify(event)}\n`;
}

function reasonFrom(mark: string | boolean | undefined, word = "no reason given"): string | undefined {
  if (mark === undefined || mark === false) return undefined;
  return typeof mark === "string" && mark !== "" ? mark : word;
}

function failureType(error: Error): unknown {
  return "failureType" in error ? error.failureType : undefined;
}

function causeOf(error: Error): unknown {
  return error.cause ?? error;
}
