/**
 * Speed and memory of a big import, by the real program, beside the rate of inflating, splitting and parsing alone
 * in the same run. From the checkout:
 *
 *     node_modules/.bin/node test/bench/import-bench.ts [--megabytes 200] [--shards 1] [--runs 3]
 *
 * Prints figures; fails only when a receipt does not balance.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { PrintedReceipt } from "../fidelity/chatty-process.ts";
import { writeBenchExport } from "./import-bench-export.ts";
import type { BenchExport } from "./import-bench-export.ts";

interface Measured {
  seconds: number;
  peakMegabytes: number;
  stdout: string;
}

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");
const floor = join(import.meta.dirname, "import-bench-floor.ts");
const peakMark = "peak-rss-kilobytes=";
/**
 * Loaded before the measured program, so that it tells its own peak on the way out. Linux hands the `maxRSS` of the
 * starting process down to the started one, so the high-water mark of its own memory is read there instead.
 */
const peakReporter = `data:text/javascript,${encodeURIComponent(`
  const { existsSync, readFileSync } = process.getBuiltinModule("node:fs");
  const status = "/proc/self/status";
  const peak = () => existsSync(status)
    ? /VmHWM:\\s*(\\d+)/.exec(readFileSync(status, "utf8"))?.[1]
    : process.resourceUsage().maxRSS;
  process.on("exit", () => process.stderr.write("\\n${peakMark}" + peak() + "\\n"));
`)}`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      megabytes: { type: "string", default: "200" },
      shards: { type: "string", default: "1" },
      runs: { type: "string", default: "3" },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), "chatty-import-bench-"));
  try {
    const archive = join(folder, "export.zip");
    const made = await writeBenchExport(archive, Number(values.megabytes), Number(values.shards));
    const { size } = await stat(archive);
    console.log(
      `${megabytes(made.jsonBytes)} MB of JSON in ${megabytes(size)} MB of ZIP, ${values.shards} shard(s), ` +
        `${made.conversations} conversations, ${made.nodes} nodes`,
    );
    for (let run = 1; run <= Number(values.runs); run += 1) {
      const least = await runMeasured([floor, archive]);
      const { seconds } = JSON.parse(least.stdout) as { seconds: number };
      printLine(run, "inflate + split + parse", made, seconds, least.peakMegabytes);
      const home = join(folder, `home-${run}`);
      const whole = await runMeasured([program, "--home", home, "import", archive, "--json"]);
      printLine(run, "chatty import", made, whole.seconds, whole.peakMegabytes);
      checkReceipt(whole.stdout, made);
      await rm(home, { recursive: true, force: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function checkReceipt(stdout: string, made: BenchExport): void {
  const { imports } = JSON.parse(stdout) as { imports?: PrintedReceipt[] };
  const receipt = imports?.[0];
  if (receipt?.balanced !== true) throw new Error(`The receipt does not balance: ${stdout.slice(0, 2000)}`);
  if (receipt.nodes.seen !== made.nodes || receipt.conversations.new !== made.conversations) {
    throw new Error(`The receipt counts otherwise: ${JSON.stringify(receipt).slice(0, 2000)}`);
  }
  console.log(`   the receipt's own duration: ${(receipt.durationMs / 1000).toFixed(2)} s`);
}

function printLine(run: number, what: string, made: BenchExport, seconds: number, peak: number): void {
  const rate = made.jsonBytes / 1e6 / seconds;
  console.log(
    `run ${run}  ${what.padEnd(24)} ${seconds.toFixed(2).padStart(7)} s  ` +
      `${rate.toFixed(1).padStart(6)} MB/s of JSON  peak ${peak.toFixed(0).padStart(5)} MB resident`,
  );
}

async function runMeasured(words: readonly string[]): Promise<Measured> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, ["--import", peakReporter, ...words], {
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}: ${stdout}\n${stderr.slice(-4000)}`);
  const peaks = [...stderr.matchAll(/peak-rss-kilobytes=(\d+)/g)].map((match) => Number(match[1]));
  return {
    seconds: (performance.now() - startedMs) / 1000,
    peakMegabytes: Math.max(0, ...peaks) / 1000,
    stdout,
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

await main();
