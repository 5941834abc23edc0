import { ChattyError, isChattyError } from "@chatty/model";
import { absolutePath, layout } from "../files/layout.ts";
import { nodeFiles } from "../files/node-files.ts";
import type { FilePort } from "../files/port.ts";
import { listSegments, readSegment } from "../log/segment.ts";
import type { Vault } from "../user-vault.ts";
import { openVault } from "../vault/open-vault.ts";
import { openConfiguration } from "../workspace/database.ts";
import { faultyFiles } from "./fault-files.ts";
import type { CallKind, FaultPlan, FaultyFiles } from "./fault-files.ts";
import { environment, newMessage, testReader } from "./fault-home.ts";
import type { LivedInHome } from "./fault-home.ts";
import { copyTree, filesBelow, poweredFiles, removeTree } from "./fault-power.ts";
import type { PoweredFiles } from "./fault-power.ts";
import type { FaultScenario } from "./fault-scenarios.ts";
import { absent, FaultWorld } from "./fault-world.ts";

export interface RunOptions {
  scenario: FaultScenario;
  /** Undefined: everything works. */
  plan?: FaultPlan;
  home: LivedInHome;
  /** Empty or absent folder; removed at the end. */
  folder: string;
  /** A planted bug, around the file system with the fault. */
  plant?: (files: FilePort) => FilePort;
  /** Ends in a power cut even where no sync lied. */
  cut?: boolean;
}

export interface RunOutcome {
  /** Calls that the fault can befall. */
  calls: number;
  /** Whether the fault came about at all. */
  wasReached: boolean;
  /** Kinds of calls that it befell. */
  befallen: CallKind[];
  refusals: string[];
  acknowledged: number;
  /** Losses that a lying sync caused and the vault reported. */
  reported: number;
  /** Promises that were broken; empty when all is well. */
  violations: string[];
}

const plain = nodeFiles();
/** What is made again from the truth: a sync that lied may have taken it, `verify` tells and `repair` makes it again. */
const derived = /^(?:TRANSCRIPT|MIRROR|VIEW|EVENTS|PACK|CATALOG)_/;
/** What a power cut may take without a lie, and what the next start does not make again by itself. */
const behindAfterCut = /^(?:VIEW|EVENTS|PACK|CATALOG)_/;
/** Files under way that nobody may find after the next start. */
const leftover = /(?:^|\/)\.[^/]+\.tmp(?:\.bak)?$|\/staging\/.*\.(?:part|pack|placing)$/;

/** Runs one scenario with one fault in it and holds what the vault did against what it promises. */
export async function runWithFault(options: RunOptions): Promise<RunOutcome> {
  const run = new FaultRun(options);
  const descriptorsBefore = descriptorCount();
  try {
    await run.work();
  } catch (error) {
    run.violate(`the harness stopped: ${error instanceof Error ? (error.stack ?? "") : String(error)}`);
  } finally {
    removeTree(options.folder);
  }
  if (run.outcome.violations.length === 0 && descriptorCount() > descriptorsBefore) {
    run.violate(`${descriptorCount() - descriptorsBefore} descriptors are still open`);
  }
  return run.outcome;
}

function descriptorCount(): number {
  return plain.list("/proc/self/fd").length;
}

class FaultRun {
  readonly outcome: RunOutcome;
  readonly #options: RunOptions;
  readonly #world = new FaultWorld();
  readonly #powered: PoweredFiles;
  readonly #faulty: FaultyFiles;
  readonly #files: FilePort;
  readonly #home: string;
  #vault: Vault | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#home = `${options.folder}/home`;
    const losesPower = options.cut === true || options.plan?.fault === "lie";
    this.#powered = losesPower ? poweredFiles() : { files: plain, cutInto: copyTree };
    this.#faulty = faultyFiles(this.#powered.files, options.plan);
    this.#files = options.plant?.(this.#faulty.files) ?? this.#faulty.files;
    this.outcome = {
      calls: 0,
      wasReached: false,
      befallen: this.#faulty.befallen,
      refusals: this.#world.refusals,
      acknowledged: 0,
      reported: 0,
      violations: [],
    };
  }

  violate(what: string): void {
    this.outcome.violations.push(what);
  }

  async work(): Promise<void> {
    const { scenario, home, plan, cut } = this.#options;
    const world = this.#world;
    if (scenario.home === "empty") plain.makeDirectory(this.#home);
    else copyTree(scenario.home === "cut" ? home.cut : home.closed, this.#home);
    if (scenario.home !== "empty") home.known(world);
    this.#faulty.isArmed = scenario.withOpening === true;
    await this.#open();
    this.#faulty.isArmed = true;
    if (this.#vault !== undefined) await this.#runScenario(this.#vault);
    const isCut = cut === true || plan?.fault === "lie";
    if (isCut) this.#powered.cutInto(this.#home, `${this.#options.folder}/cut-open`);
    if (this.#faulty.befallen.length > 0 && !isCut) await this.#goOn();
    await this.#close();
    this.#faulty.isArmed = false;
    this.outcome.calls = this.#faulty.calls;
    this.outcome.wasReached = this.#faulty.befallen.length > 0;
    this.outcome.acknowledged = world.acknowledged;
    for (const told of world.untold) this.violate(`not told in Chatty's words: ${told}`);
    if (world.refusals.includes("STORAGE_IN_DOUBT") && !this.#mayDoubt()) {
      this.violate(
        `STORAGE_IN_DOUBT although no sync and no cut failed: ${this.outcome.befallen.join(", ")}`,
      );
    }
    if (isCut) {
      const isLying = plan?.fault === "lie";
      await this.#examineCut(`${this.#options.folder}/cut-open`, isLying);
      this.#powered.cutInto(this.#home, `${this.#options.folder}/cut-closed`);
      await this.#examineCut(`${this.#options.folder}/cut-closed`, isLying);
    }
    await this.#examine(this.#home);
    for (const name of this.#faulty.open) this.violate(`still open: ${name}`);
  }

  /** Doubt is allowed only where the page cache may say something else than the disk. */
  #mayDoubt(): boolean {
    return this.#faulty.befallen.some((kind) => ["sync", "sync-directory", "truncate"].includes(kind));
  }

  async #open(): Promise<void> {
    try {
      this.#vault = await openVault(
        { home: this.#home, environment, exports: testReader },
        { files: this.#files },
      );
    } catch (error) {
      this.#vault = undefined;
      this.#world.tell(error);
    }
  }

  async #runScenario(vault: Vault): Promise<void> {
    const { home, scenario } = this.#options;
    const context = {
      world: this.#world,
      home,
      vault,
      user: vault.user(),
      reopen: async () => {
        await this.#close();
        await this.#open();
        if (this.#vault === undefined) throw new ChattyError("VAULT_CLOSED", "It did not open again.");
        context.vault = this.#vault;
        context.user = this.#vault.user();
      },
    };
    try {
      await scenario.run(context);
    } catch (error) {
      this.#world.tell(error);
    }
  }

  /** The cause is gone: work goes on in the same process, unless the vault said that it may not. */
  async #goOn(): Promise<void> {
    this.#faulty.isArmed = false;
    const refusedBefore = this.#world.refusals.length;
    if (this.#vault === undefined) await this.#open();
    const vault = this.#vault;
    try {
      if (vault === undefined) throw new Error("it does not open");
      const user = vault.user();
      const message = newMessage("once the cause is gone");
      // What could not be derived meanwhile is derived by the next settling, which otherwise comes by itself a second later.
      await vault.settle();
      await user.append(user.resolveSession("chat_with_synth-001"), [{ role: "user", ...message }]);
      await vault.settle();
    } catch (error) {
      const code = isChattyError(error) ? error.code : String(error);
      const opening = this.#world.refusals.slice(refusedBefore).join(", ");
      if (!isChattyError(error, "STORAGE_IN_DOUBT") || !this.#mayDoubt()) {
        this.violate(`work does not go on once the cause is gone: ${code} ${opening} ${causeOf(error)}`);
      }
    }
  }

  async #close(): Promise<void> {
    const vault = this.#vault;
    this.#vault = undefined;
    try {
      await vault?.close();
    } catch (error) {
      const isSound =
        !this.#faulty.isArmed && !(isChattyError(error, "STORAGE_IN_DOUBT") && this.#mayDoubt());
      this.#world.tell(error);
      if (isSound) this.violate(`does not close once the cause is gone: ${String(error)}`);
    }
  }

  /** Opens on a sound disk and looks at everything that anybody was told. */
  async #examine(home: string, hadCut = false): Promise<void> {
    let vault: Vault;
    try {
      vault = await openVault({ home, environment, exports: testReader });
    } catch (error) {
      this.violate(`does not open again: ${String(error)} ${causeOf(error)}`);
      return;
    }
    try {
      const user = vault.user();
      for (const { key, value, expected } of await this.#world.compare(user)) {
        this.violate(`${key} is ${value}, not ${expected.join(" or ")}`);
      }
      const { problems } = await vault.verify();
      for (const { code, path, message } of problems) {
        if (!hadCut || !behindAfterCut.test(code)) this.violate(`${code} ${path}: ${message}`);
      }
      await user.append(user.resolveSession("chat_with_synth-001"), [
        { role: "user", content: "afterwards" },
      ]);
    } catch (error) {
      this.violate(`does not go on after opening again: ${String(error)} ${causeOf(error)}`);
    } finally {
      await vault.close();
    }
    for (const path of filesBelow(home)) if (leftover.test(path)) this.violate(`left behind: ${path}`);
  }

  /** After a power cut nothing acknowledged is lost; where syncs lied, what is known to be lost is reported. */
  async #examineCut(home: string, isLying: boolean): Promise<void> {
    if (!isLying) {
      await this.#examine(home, true);
      return;
    }
    const known = knownLosses(`${home}/${environment}`);
    let vault: Vault;
    try {
      vault = await openVault({ home, environment, exports: testReader });
    } catch (error) {
      // A vault that says what is wrong with it, instead of opening as if nothing were, has reported it.
      if (!isChattyError(error)) this.violate(`after a lying sync: ${String(error)} ${causeOf(error)}`);
      this.outcome.reported += 1;
      return;
    }
    try {
      const changed = await this.#world.compare(vault.user());
      const { problems } = await vault.verify();
      const isReported = problems.some(({ code }) => !derived.test(code)) || !(await vault.doctor()).ok;
      const halves = changed.filter(({ value, expected }) => value !== absent && !isOlder(value, expected));
      if ((known.length > 0 || halves.length > 0) && !isReported) {
        const what = [...known, ...halves.map(({ key, value }) => `${key}: ${value}`)];
        this.violate(`lost behind a lying sync and not reported: ${what.join("; ")}`);
      }
      if (isReported) this.outcome.reported += 1;
    } catch (error) {
      if (!isChattyError(error)) this.violate(`after a lying sync: ${String(error)} ${causeOf(error)}`);
      this.outcome.reported += 1;
    } finally {
      await vault.close().catch((error: unknown) => this.#world.tell(error));
    }
  }
}

/** Values that are whole as well, only from before: what was never below a durable mark may be gone without a trace. */
function isOlder(value: string, expected: readonly string[]): boolean {
  return !value.startsWith("half") && !value.startsWith("unreadable") && !expected.includes(value);
}

/** What the marks say must be there, and is not. */
function knownLosses(root: string): string[] {
  const path = absolutePath(root, layout.configuration);
  if (plain.status(path) === undefined) return [];
  const configuration = openConfiguration(path);
  try {
    const losses = configuration
      .marks()
      .filter(({ path: marked }) => !/\/events\/(?:conversations|messages)\.jsonl$/.test(marked))
      .filter((mark) => (plain.status(absolutePath(root, mark.path))?.size ?? 0) < mark.length)
      .map((mark) => `${mark.path} is shorter than its ${mark.length} bytes`);
    const directory = absolutePath(root, layout.log);
    const last = Math.max(
      0,
      ...listSegments(plain, directory).map((number) => {
        const { header, groups } = readSegment(plain, directory, number);
        return groups.at(-1)?.seq ?? (header?.first ?? 1) - 1;
      }),
    );
    const applied = configuration.appliedSeq();
    if (last < applied) losses.push(`the log ends at ${last}, and ${applied} were applied`);
    return losses;
  } finally {
    configuration.close();
  }
}

function causeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const cause = error instanceof Error && error.cause instanceof Error ? (error.cause.stack ?? "") : "";
  return `${stack}\n${cause}`;
}
