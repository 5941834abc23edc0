// Looks from outside at who owns a vault: which living processes have its log open for writing.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Why nobody can look on this machine. */
export function reasonWithoutObserver(): string | false {
  return process.platform === "linux" ? false : "who has a file open is seen in /proc, which is Linux's";
}

/** Watches the processes that a test started. */
export class OwnerObserver {
  readonly #log: string;
  readonly #processes = new Set<number>();
  /** One line for each time that two were seen to own the vault. */
  readonly violations: string[] = [];
  looks = 0;
  owned = 0;

  /** @param root folder of the vault, without links in it */
  constructor(root: string) {
    this.#log = join(root, "log");
  }

  started(processId: number): void {
    this.#processes.add(processId);
  }

  /** Tell it before killing: what dies has its files open for a moment longer than its lock, and cannot write any more. */
  gone(processId: number): void {
    this.#processes.delete(processId);
  }

  /** Looks once. @returns the owner, when there is exactly one */
  look(): number | undefined {
    this.looks += 1;
    const owners = [...this.#processes].filter((processId) => this.#writesTo(processId) !== undefined);
    if (owners.length > 1) this.#confirm(owners);
    if (owners.length > 0) this.owned += 1;
    return owners.length === 1 ? owners[0] : undefined;
  }

  /** One may have ended and another begun while they were looked at: only who still has the same file open counts. */
  #confirm(owners: readonly number[]): void {
    const first = owners.map((processId) => this.#writesTo(processId));
    const second = owners.map((processId) => this.#writesTo(processId));
    const certain = owners.filter(
      (processId, index) =>
        this.#processes.has(processId) && first[index] !== undefined && first[index] === second[index],
    );
    if (certain.length > 1) {
      this.violations.push(`processes ${certain.join(" and ")} own the vault at once (${second.join(", ")})`);
    }
  }

  /** The log file that a process has open for writing, with its descriptor. */
  #writesTo(processId: number): string | undefined {
    try {
      for (const descriptor of readdirSync(`/proc/${processId}/fd`)) {
        const path = readlinkSync(`/proc/${processId}/fd/${descriptor}`);
        if (!path.startsWith(this.#log) || !/\d\.jsonl(?: \(deleted\))?$/.test(path)) continue;
        const info = readFileSync(`/proc/${processId}/fdinfo/${descriptor}`, "utf8");
        const flags = Number.parseInt(/^flags:\s*(\d+)$/m.exec(info)?.[1] ?? "0", 8);
        if ((flags & 0o3) !== 0) return `${descriptor}:${path}`;
      }
    } catch {
      // It ended, or closed the file, while it was looked at: then it owns nothing.
      return undefined;
    }
    return undefined;
  }
}
