// A virtual machine (User-Mode Linux) that runs the real program and loses its power: all of its processes are killed at once, so
// that what its kernel had not yet written to the disk is gone.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const kernel = "linux.uml";
const longestRunMs = 90_000;

/** How the machine's ext4 orders what it writes. */
export type DiskMode = "ordered" | "writeback";

export const diskModes: readonly DiskMode[] = ["ordered", "writeback"];

const mountOptions: Record<DiskMode, string> = {
  ordered: "data=ordered",
  writeback: "data=writeback,noauto_da_alloc",
};

/** Where the disk is inside the machine: in its own memory, because the rest is the host's and read-only. */
export const guestDisk = "/dev/vault-disk";

export function reasonWithoutMachine(): string | false {
  const found = spawnSync(kernel, ["--version"], { stdio: "ignore", timeout: 10_000 });
  return found.status === 0 ? false : "there is no User-Mode Linux (Debian: apt-get install user-mode-linux)";
}

export interface PowerCut {
  image: string;
  mode: DiskMode;
  /** What the machine runs, as a line of bash; the working folder is the disk. */
  command: string;
  environment: Readonly<Record<string, string>>;
  /** Cut when so many lines of answers have come (0: from the start of the command), at the latest at the command's end, */
  afterAnswers: number;
  /** and then so long after, so that the cut comes anywhere between two answers. */
  thenMs: number;
}

export interface PowerCutResult {
  /** Whole lines that begin with `{`. */
  answers: string[];
  /** False when the command had come to its end. */
  wasRunning: boolean;
}

/** Starts the machine, waits for answers, and cuts its power. @throws when it does not start or the command fails */
export async function cutPower(cut: PowerCut): Promise<PowerCutResult> {
  const folder = mkdtempSync(join(tmpdir(), "chatty-machine-"));
  try {
    const script = join(folder, "start.sh");
    writeFileSync(script, startScript(cut), { mode: 0o755 });
    return await runMachine(cut, folder, script);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function startScript({ mode, command, environment }: PowerCut): string {
  const variables = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`);
  return [
    "#!/bin/bash",
    "mount -t proc proc /proc",
    `mkdir -p ${guestDisk}`,
    `mount -t ext4 -o ${mountOptions[mode]} /dev/ubda ${guestDisk} || exec sleep 1000`,
    `cd ${guestDisk}`,
    "mkfifo /dev/nothing && exec 9<>/dev/nothing",
    ...variables,
    'echo "MACHINE ready"',
    command,
    'echo "MACHINE ended $?"',
    // The first process of a machine must not end.
    "read -r -u 9",
    "",
  ].join("\n");
}

async function runMachine(cut: PowerCut, folder: string, script: string): Promise<PowerCutResult> {
  const words = [
    `ubd0=${cut.image}`,
    "root=/dev/root",
    "rootfstype=hostfs",
    "rootflags=/",
    "ro",
    `init=${script}`,
    "mem=512M",
    "con=null",
    "con0=null,fd:1",
    "random.trust_cpu=on",
    "quiet",
    `uml_dir=${folder}/`,
  ];
  // A group of its own: the machine's processes are killed together, as a cut does it.
  const machine = spawn(kernel, words, { stdio: ["ignore", "pipe", "ignore"], detached: true });
  const closed = new Promise<void>((resolve, reject) => {
    machine.once("error", reject);
    machine.once("close", () => resolve());
  });
  const { pid } = machine;
  const kill = (): void => {
    try {
      if (pid !== undefined) process.kill(-pid, "SIGKILL");
    } catch {
      // It was gone already.
      return;
    }
  };
  const answers: string[] = [];
  const others: string[] = [];
  let rest = "";
  let isDue = false;
  const tooLate = setTimeout(kill, longestRunMs);
  machine.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = `${rest}${text}`.split(/\r?\n/);
    // What stands behind the last line end may be cut off with the power and is no answer yet.
    rest = lines.pop() ?? "";
    for (const line of lines) (line.startsWith("{") ? answers : others).push(line);
    const isAtWork = others.includes("MACHINE ready") && answers.length >= cut.afterAnswers;
    if (isDue || !(isAtWork || others.some((line) => line.startsWith("MACHINE ended")))) return;
    isDue = true;
    setTimeout(kill, cut.thenMs);
  });
  try {
    await closed;
  } finally {
    clearTimeout(tooLate);
    kill();
  }
  const ending = others.find((line) => line.startsWith("MACHINE ended"));
  if (!isDue || (ending !== undefined && ending !== "MACHINE ended 0")) {
    throw new Error(`The machine did not do its work:\n${[...others, ...answers].join("\n").slice(-2000)}`);
  }
  return { answers, wasRunning: ending === undefined };
}
