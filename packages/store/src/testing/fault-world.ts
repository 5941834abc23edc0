import { isChattyError } from "@chatty/model";
import type { UserVault } from "../user-vault.ts";

/** Says in one text how a thing stands now. It may throw where it cannot be read. */
export type FactReader = (user: UserVault) => Promise<string> | string;

/** The value of a thing that is not there. */
export const absent = "absent";

/**
 * What a person was told, kept outside of the vault: for everything that was changed the values that it may have now. An
 * acknowledged change leaves one value; a refused one may have happened or not, but never by half.
 */
export class FaultWorld {
  readonly #readers = new Map<string, FactReader>();
  readonly #possible = new Map<string, Set<string>>();
  /** Errors that came in the system's words instead of Chatty's. */
  readonly untold: string[] = [];
  /** Codes of the refusals so far. */
  readonly refusals: string[] = [];
  acknowledged = 0;

  /** Something whose value is known and acknowledged. */
  know(key: string, value: string, reader: FactReader): void {
    this.#readers.set(key, reader);
    this.#possible.set(key, new Set([value]));
  }

  /**
   * Does something that gives each named thing a new value, all of them together or none.
   * @returns what it resolved with; undefined when it was refused.
   */
  async act<Result>(
    changes: Readonly<Record<string, { value: string; reader?: FactReader }>>,
    work: () => Promise<Result> | Result,
  ): Promise<Result | undefined> {
    for (const [key, { value, reader }] of Object.entries(changes)) {
      if (reader !== undefined) this.#readers.set(key, reader);
      const known = this.#possible.get(key);
      // Until it is answered it may be there or not: a power cut may come now.
      if (known === undefined) this.#possible.set(key, new Set([absent, value]));
      else known.add(value);
    }
    try {
      const result = await work();
      for (const [key, { value }] of Object.entries(changes)) this.#possible.set(key, new Set([value]));
      this.acknowledged += 1;
      return result;
    } catch (error) {
      this.tell(error);
      return undefined;
    }
  }

  tell(error: unknown): void {
    if (isChattyError(error)) this.refusals.push(error.code);
    else this.untold.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  /** Things that are not as they were acknowledged, or half of what was refused. */
  async compare(user: UserVault): Promise<FactViolation[]> {
    const violations: FactViolation[] = [];
    for (const [key, possible] of this.#possible) {
      let value: string;
      try {
        value = (await this.#readers.get(key)?.(user)) ?? "no reader";
      } catch (error) {
        value = `unreadable: ${isChattyError(error) ? error.code : String(error)}`;
      }
      if (!possible.has(value)) violations.push({ key, value, expected: [...possible] });
    }
    return violations;
  }
}

export interface FactViolation {
  key: string;
  value: string;
  expected: string[];
}
