import { isAbsolute, join, resolve } from "node:path";
import { ChattyError } from "@chatty/model";
import type { FilePort } from "../files/port.ts";
import { versionControlState } from "../files/version-control.ts";

/** Environments that a data home may hold side by side. */
export const environments = ["production", "staging", "development", "test"] as const;

const othersBits = 0o077;

/** Absolute folder of the vault of an environment. @throws {ChattyError} ENVIRONMENT_UNKNOWN */
export function vaultRoot(home: string, environment: string): string {
  if (!environments.some((known) => known === environment)) {
    throw new ChattyError("ENVIRONMENT_UNKNOWN", `${JSON.stringify(environment)} is not an environment.`, {
      hint: `Use one of ${environments.join(", ")}.`,
    });
  }
  return join(isAbsolute(home) ? home : resolve(home), environment);
}

/**
 * Refuses places where data is not safe: inside version control, or open to other people. Changes nothing.
 * @throws {ChattyError} HOME_IN_VERSION_CONTROL, HOME_NOT_A_FOLDER, HOME_NOT_PRIVATE
 */
export function checkVaultPlace(files: FilePort, root: string): void {
  const control = versionControlState(files, root);
  if (control.kind === "tracked" || control.kind === "unknown") {
    const why = control.kind === "tracked" ? "does not ignore it" : "cannot be asked whether it ignores it";
    throw new ChattyError(
      "HOME_IN_VERSION_CONTROL",
      `${root} lies in the git work tree ${control.workTree}, which ${why}.`,
      {
        hint: "Choose a home outside of it with --home, or let git ignore the folder.",
        where: { path: root, workTree: control.workTree },
      },
    );
  }
  const status = files.status(root);
  if (status === undefined) return;
  if (status.kind !== "directory") {
    throw new ChattyError("HOME_NOT_A_FOLDER", `${root} is not a folder.`, {
      hint: "Name another home with --home. Chatty does not follow symbolic links.",
      where: { path: root },
    });
  }
  if (process.platform !== "win32" && (status.mode & othersBits) !== 0) {
    throw new ChattyError(
      "HOME_NOT_PRIVATE",
      `${root} is open to other people on this machine (mode ${status.mode.toString(8)}).`,
      { hint: `Close it with: chmod -R go= ${root}`, where: { path: root } },
    );
  }
}
