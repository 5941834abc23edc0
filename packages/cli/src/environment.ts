// The only reader of the environment, the arguments and the standard streams.
import { homedir, tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { ChattyError } from "@chatty/model";
import type { FileLogEntry, FileLogOptions } from "@chatty/store";
import type { ByteSink, TerminalTraits } from "./streams.ts";
import { sinkFromStream } from "./streams.ts";

/** Everything the program takes from the process it runs in. */
export interface ProgramEnvironment {
  words: string[];
  workingFolder: string;
  platform: NodeJS.Platform;
  processId: number;
  defaultHome: string;
  defaultEnvironment: string;
  /** Folders in which a private folder for a socket may be made, best first. */
  runtimeFolders: string[];
  terminal: TerminalTraits;
  stdin(): AsyncIterable<Uint8Array>;
  stdout: ByteSink;
  stderr: ByteSink;
  /** Calls back at every Ctrl-C or request to end; returns what stops that. */
  onInterrupt(callback: (exitCode: number) => void): () => void;
  exitNow(code: number): never;
}

/**
 * How CHATTY_FILE_LOG asks for a line of JSON on standard error about everything that is done to files: `changes` or `all`.
 * @throws {ChattyError} USAGE for another value
 */
export function fileLogFrom(
  value: string | undefined,
  write: (line: string) => void,
): FileLogOptions | undefined {
  const level = filled(value);
  if (level === undefined) return undefined;
  if (level !== "changes" && level !== "all") {
    throw new ChattyError("USAGE", `CHATTY_FILE_LOG is ${JSON.stringify(level.slice(0, 40))}.`, {
      hint: "Set it to `changes` or `all`, or take it away.",
    });
  }
  return { level, tell: (entry: FileLogEntry) => write(`${JSON.stringify({ file: entry })}\n`) };
}

/** {@link fileLogFrom} of this process. */
export function readFileLog(): FileLogOptions | undefined {
  return fileLogFrom(process.env["CHATTY_FILE_LOG"], (line) => void process.stderr.write(line));
}

export function readEnvironment(): ProgramEnvironment {
  const variables = process.env;
  const debug = filled(variables["CHATTY_DEBUG"]) !== undefined;
  return {
    words: process.argv.slice(2),
    platform: process.platform,
    processId: process.pid,
    workingFolder: workingFolder(process.cwd(), variables),
    defaultHome:
      filled(variables["CHATTY_HOME"]) ?? platformDataFolder(process.platform, variables, homedir()),
    defaultEnvironment: filled(variables["CHATTY_ENV"]) ?? "production",
    runtimeFolders: [...new Set([filled(variables["XDG_RUNTIME_DIR"]), tmpdir()])].filter(
      (folder) => folder !== undefined,
    ),
    terminal: {
      stdinIsTerminal: isTerminal(process.stdin),
      stdoutIsTerminal: isTerminal(process.stdout),
      stderrIsTerminal: isTerminal(process.stderr),
      // https://no-color.org: any value that is not empty.
      colorAllowed: filled(variables["NO_COLOR"]) === undefined && variables["TERM"] !== "dumb",
      columns: terminalColumns(variables["COLUMNS"], [process.stdout, process.stderr]),
      program: programName(variables),
      debug,
    },
    stdin: () => process.stdin as AsyncIterable<Uint8Array>,
    stdout: sinkFromStream(process.stdout),
    stderr: sinkFromStream(process.stderr),
    onInterrupt(callback) {
      const interrupted = (): void => callback(130);
      const ended = (): void => callback(143);
      process.on("SIGINT", interrupted);
      process.on("SIGTERM", ended);
      return () => {
        process.off("SIGINT", interrupted);
        process.off("SIGTERM", ended);
      };
    },
    exitNow: (code) => process.exit(code),
  };
}

/** How npm is started: the one that runs this program, if one does, so that no shell and no PATH is needed; else the PATH's. */
export function npmCommand(variables: Readonly<Record<string, string | undefined>> = process.env): {
  command: string;
  words: string[];
} {
  const script = filled(variables["npm_execpath"]);
  const isNpm = script !== undefined && /npm-cli\.c?js$/.test(script);
  return isNpm ? { command: process.execPath, words: [script] } : { command: "npm", words: [] };
}

/** Where the person stands: `npm run chatty` moves to the checkout and leaves the folder it was called from in INIT_CWD. */
export function workingFolder(
  current: string,
  variables: Readonly<Record<string, string | undefined>>,
): string {
  const calledFrom = filled(variables["INIT_CWD"]);
  const manifest = filled(variables["npm_package_json"]);
  const isOurScript = variables["npm_lifecycle_event"] === "chatty";
  if (calledFrom === undefined || manifest === undefined || !isOurScript) return current;
  return dirname(manifest) === current ? calledFrom : current;
}

/** How this program was called, so that hints can be typed as they stand. */
export function programName(variables: Readonly<Record<string, string | undefined>>): string {
  return variables["npm_lifecycle_event"] === "chatty" ? "npm run --silent chatty --" : "chatty";
}

/** Width of the terminal: COLUMNS where it is set, as other programs have it, else what a terminal says of itself. */
export function terminalColumns(
  chosen: string | undefined,
  streams: readonly { columns?: number }[],
): number {
  const wanted = /^[1-9]\d{0,3}$/.test(chosen ?? "") ? Number(chosen) : undefined;
  return wanted ?? streams.find(({ columns = 0 }) => columns > 0)?.columns ?? 80;
}

/** Where the platform wants a person's data to be. */
export function platformDataFolder(
  platform: NodeJS.Platform,
  variables: Readonly<Record<string, string | undefined>>,
  userFolder: string,
): string {
  if (platform === "win32") {
    return join(filled(variables["LOCALAPPDATA"]) ?? join(userFolder, "AppData", "Local"), "Chatty");
  }
  if (platform === "darwin") return join(userFolder, "Library", "Application Support", "Chatty");
  const chosen = filled(variables["XDG_DATA_HOME"]);
  // The XDG specification says that a relative path is to be ignored.
  const dataFolder =
    chosen !== undefined && isAbsolute(chosen) ? chosen : join(userFolder, ".local", "share");
  return join(dataFolder, "chatty");
}

/** Node leaves `isTTY` out where it is not true, whatever its types say. */
function isTerminal(stream: { isTTY?: boolean }): boolean {
  return stream.isTTY === true;
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}
