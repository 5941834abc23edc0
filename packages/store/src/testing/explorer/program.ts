import type { FilePort } from "../../files/port.ts";
import { VaultStorage } from "../../vault/vault-storage.ts";
import type { VaultStorageOptions } from "../../vault/vault-storage.ts";
import { simulatedFiles } from "../simulated-files.ts";
import type { SimulatedFilesOptions } from "../simulated-files.ts";
import type { SimulatedDirectory } from "../simulated-disk.ts";
import { simulatedConfiguration } from "./simulated-configuration.ts";
import type { ConfigurationState, SimulatedConfiguration } from "./simulated-configuration.ts";
import type { TraceStep } from "./trace.ts";

/** The data home on every simulated disk. */
export const simulatedHome = "/home";
/** The vault's folder in it. */
export const simulatedRoot = `${simulatedHome}/vault`;
/** Vault id of every simulated vault. */
export const simulatedVaultId = "019a7e6f-0000-7000-8000-000000000002";

/** What is explored: the real code, or the real code with a fault planted in what it stands on. */
export interface ExploredProgram {
  name: string;
  /** Goes wrong about files. */
  files?: (files: FilePort) => FilePort;
  /** The disk itself does not do all it is asked. Made anew for every run. */
  disk?: () => Pick<SimulatedFilesOptions, "take" | "failSync">;
  /** False: forgets to sync the configuration at a checkpoint. */
  durableCheckpoints?: boolean;
  /** Recovers in another way. */
  recover?: (options: VaultStorageOptions) => VaultStorage;
}

/** The code as it is. */
export const realProgram: ExploredProgram = { name: "the real code" };

/** Files and configuration of a simulated machine that is running. */
export interface Machine {
  files: FilePort;
  configuration: SimulatedConfiguration;
  options: VaultStorageOptions;
}

/** Starts a machine on what the last run, or a crash, has left. @param record told of every step. */
export function startMachine(
  program: ExploredProgram,
  left: { root: SimulatedDirectory; configuration: ConfigurationState },
  record: ((step: TraceStep) => void) | undefined,
  now: () => number,
): Machine {
  const plain = simulatedFiles(left.root, {
    ...program.disk?.(),
    ...(record === undefined ? {} : { record }),
  });
  const files = program.files?.(plain) ?? plain;
  const configuration = simulatedConfiguration(left.configuration, {
    ...(program.durableCheckpoints === undefined ? {} : { durableCheckpoints: program.durableCheckpoints }),
    ...(record === undefined
      ? {}
      : { record: (state, durable) => record({ kind: "configuration", state, durable }) }),
  });
  const options = { files, root: simulatedRoot, vaultId: simulatedVaultId, configuration, now };
  return { files, configuration, options };
}

/** Recovers as this program does. */
export function recoverStorage(program: ExploredProgram, options: VaultStorageOptions): VaultStorage {
  return program.recover === undefined ? VaultStorage.recover(options) : program.recover(options);
}
