import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import type { FilePort } from "./port.ts";

/** Whether a folder could end up in somebody's repository. */
export type VersionControlState =
  | { kind: "outside" }
  | { kind: "ignored"; workTree: string }
  | { kind: "tracked"; workTree: string }
  | { kind: "unknown"; workTree: string };

/** Looks for a git work tree around `path` (which need not exist) and asks git whether it ignores the path. */
export function versionControlState(files: FilePort, path: string): VersionControlState {
  const workTree = findWorkTree(files, path);
  if (workTree === undefined) return { kind: "outside" };
  const answer = spawnSync(
    "git",
    ["-C", workTree, "check-ignore", "--quiet", "--", join(path, "vault.json")],
    {
      stdio: "ignore",
      timeout: 10_000,
    },
  );
  if (answer.status === 0) return { kind: "ignored", workTree };
  return { kind: answer.status === 1 ? "tracked" : "unknown", workTree };
}

function findWorkTree(files: FilePort, path: string): string | undefined {
  for (let at = path; ; at = dirname(at)) {
    if (files.status(join(at, ".git")) !== undefined) return at;
    if (dirname(at) === at) return undefined;
  }
}
