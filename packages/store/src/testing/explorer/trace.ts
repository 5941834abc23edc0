import { walkDisk } from "../simulated-disk.ts";
import type { DiskOperation, SimulatedDirectory, SimulatedFile, SimulatedNode } from "../simulated-disk.ts";
import type { ConfigurationState } from "./simulated-configuration.ts";

/** One thing that happened in a recorded run. A crash may come behind each of them. */
export type TraceStep =
  | DiskOperation
  | {
      kind: "configuration";
      state: ConfigurationState;
      /** True for a commit that is on disk, with all before it, when it returns. */
      durable: boolean;
    }
  | {
      kind: "acknowledge";
      /** Number of the truth that was promised to last, in {@link Truth} of the run. */
      truth: number;
    };

/**
 * Everything that survived before the first step of a run. Nodes are those that the run works on; what was in them when it began
 * stands beside them, since the run goes on to change them.
 */
export interface StartingPoint {
  root: SimulatedDirectory;
  directories: ReadonlyMap<SimulatedDirectory, ReadonlyMap<string, SimulatedNode>>;
  files: ReadonlyMap<SimulatedFile, Buffer>;
  configuration: ConfigurationState;
  /** What had been promised by then. */
  acknowledged: number;
}

/** Writes down where a run starts. Call it before anything is done to the disk. */
export function startingPoint(
  root: SimulatedDirectory,
  configuration: ConfigurationState,
  acknowledged: number,
): StartingPoint {
  const directories = new Map<SimulatedDirectory, ReadonlyMap<string, SimulatedNode>>();
  const files = new Map<SimulatedFile, Buffer>();
  directories.set(root, new Map(root.entries));
  for (const { node } of walkDisk(root)) {
    if (node.kind === "directory") directories.set(node, new Map(node.entries));
    else files.set(node, node.bytes);
  }
  return { root, directories, files, configuration, acknowledged };
}

/** Which crash states a machine may leave. */
export type PersistenceModel = "posix" | "ext4" | "prefix";

export const persistenceModels: readonly PersistenceModel[] = ["posix", "ext4", "prefix"];
