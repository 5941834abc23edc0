import type { SessionId } from "@chatty/model";
import type { Catalog } from "../catalog/catalog.ts";
import type { UserImports } from "../imports/user-imports.ts";
import type { RebuiltViews } from "../imports/view-writer.ts";
import type { Row } from "../workspace/changes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";

/** Files written between two looks at the clock. */
const viewsAtOnce = 8;
/** Of an import of up to so many conversations the readable views are written before the vault is closed, however long it takes. */
const smallImport = 500;

/** Knows which readable views of imports are due, and writes them as far as there is time. */
export class DueViews {
  readonly #imports: UserImports;
  readonly #catalog: Catalog;
  /** Sessions whose views closing waits for: of small imports, and those that a person changed. */
  readonly #owed = new Set<SessionId>();
  #hasImported = false;
  /** What of each runtime decides whether its views are there. */
  readonly #runtimes = new Map<string, string>();
  /** Counts what makes views due, so that none that came due while others were written is forgotten. */
  #generation = 0;
  #stopped = false;

  constructor(imports: UserImports, catalog: Catalog) {
    this.#imports = imports;
    this.#catalog = catalog;
  }

  /** Says how the runtimes stand, before anything changes. */
  start(runtimes: readonly RuntimeRecord[]): void {
    for (const { runtimeId, deletedAt, joinedInto } of runtimes)
      this.#runtimes.set(runtimeId, shownText(deletedAt, joinedInto));
    if (this.#catalog.viewsDone) this.#imports.trustViews();
  }

  /** Says that views of these sessions, or of all, may be due. */
  invalidate(sessions?: Iterable<SessionId>): void {
    this.#generation += 1;
    this.#catalog.viewsDone = false;
    this.#imports.invalidateViews(sessions);
  }

  /** Follows a runtime's row. @returns true when views may be due. */
  followRuntime(row: Row): boolean {
    const shown = shownText(row["deleted_at"], row["joined_into"]);
    const runtimeId = String(row["runtime_id"]);
    if (this.#runtimes.get(runtimeId) === shown) return false;
    this.#runtimes.set(runtimeId, shown);
    this.invalidate();
    return true;
  }

  /** Notes what an import changed: the views of a small one are written before the vault is closed. */
  oweImport(sessions: ReadonlySet<SessionId>): void {
    if (sessions.size > smallImport) return;
    this.#hasImported = true;
    for (const sessionId of sessions) this.#owed.add(sessionId);
  }

  /** Notes what a person changed, so that the view of what was deleted does not outlive the command. */
  owe(sessionId: SessionId): void {
    this.#owed.add(sessionId);
  }

  /** Writes until nothing is due or the time is over. Looks at all sessions first where it must, even if that takes longer. */
  async write(forMs: number): Promise<void> {
    if (!this.#stopped) await this.#writeUntil(performance.now() + forMs, () => !this.#stopped, {});
  }

  /** Lets writing that is under way end after the next few files. */
  stop(): void {
    this.#stopped = true;
  }

  /** Writes the views that are owed, and after an import others for some time. */
  async writeForGood(forMs: number): Promise<void> {
    if (this.#owed.size === 0) return;
    for (let pending = 1; pending > 0;) {
      ({ pending } = await this.#imports.writeViews({ budget: viewsAtOnce, only: this.#owed }));
    }
    const until = performance.now() + (this.#hasImported ? forMs : 0);
    await this.#writeUntil(until, () => true, { until });
  }

  /** Makes every view again. */
  async rebuild(): Promise<RebuiltViews> {
    const generation = this.#generation;
    const made = await this.#imports.rebuildViews();
    if (generation === this.#generation) this.#catalog.viewsDone = true;
    return made;
  }

  async #writeUntil(until: number, goesOn: () => boolean, limits: { until?: number }): Promise<void> {
    const generation = this.#generation;
    let pending: number;
    do {
      ({ pending } = await this.#imports.writeViews({ budget: viewsAtOnce, ...limits }));
    } while (pending > 0 && performance.now() < until && goesOn());
    if (pending === 0 && generation === this.#generation) this.#catalog.viewsDone = true;
  }
}

function shownText(deletedAt: unknown, joinedInto: unknown): string {
  return JSON.stringify([typeof deletedAt === "number", typeof joinedInto === "string" ? joinedInto : null]);
}
