import type { Streams } from "../streams.ts";
import type { ErrorReport } from "./error-report.ts";
import { writeError } from "./error-report.ts";
import type { Progress } from "./progress.ts";
import { createProgress } from "./progress.ts";
import type { Style } from "./style.ts";
import { createStyle, typeable } from "./style.ts";

/** Everything a command may write. Which stream it goes to, and whether at all, is decided here and nowhere else. */
export interface CommandOutput {
  readonly json: boolean;
  /** Marks for what `result` renders. */
  readonly style: Style;
  readonly progress: Progress;
  /** The one result: the object with `--json`, what `render` makes of it for people. */
  result(value: object, render: (style: Style) => string): Promise<void>;
  /** One JSON object on a line of its own, with and without `--json`. */
  line(value: object): Promise<void>;
  /** Bytes as they are, with and without `--json`. */
  bytes(bytes: Uint8Array): Promise<void>;
  /** A remark for people, on stderr. */
  note(text: string): Promise<void>;
  /** An error beside which the command goes on, for people: two lines on stderr. */
  failure(report: ErrorReport): Promise<void>;
}

export function createCommandOutput(streams: Streams, json: boolean): CommandOutput {
  const { terminal } = streams;
  const style = createStyle(terminal.stdoutIsTerminal && !json, terminal);
  const progress = createProgress(streams.stderr, terminal);
  const writeOut = async (text: string): Promise<void> => {
    await progress.clear();
    await streams.stdout.write(Buffer.from(text, "utf8"));
  };
  return {
    json,
    style,
    progress,
    async result(value, render) {
      const text = json ? JSON.stringify(value) : render(style);
      if (text !== "") await writeOut(withFinalNewline(text));
    },
    async line(value) {
      await writeOut(`${JSON.stringify(value)}\n`);
    },
    async bytes(bytes) {
      await progress.clear();
      await streams.stdout.write(bytes);
    },
    async failure(report) {
      await progress.clear();
      await writeError(streams, false, report);
    },
    async note(text) {
      await progress.clear();
      await streams.stderr.write(Buffer.from(withFinalNewline(typeable(text, terminal.program)), "utf8"));
    },
  };
}

function withFinalNewline(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
