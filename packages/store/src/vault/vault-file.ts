import { isJsonObject, isUuid } from "@chatty/model";
import { ChattyError } from "@chatty/model";
import type { FilePort } from "../files/port.ts";
import { replaceFile } from "../files/replace-file.ts";
import { readWholeFile } from "../files/write-all.ts";

/** What `vault.json` says. Written last when a vault is made, and from then on never changed by this version. */
export interface VaultFile {
  format: 1;
  /** UUID. */
  vaultId: string;
  environment: string;
  /** Integer milliseconds UTC. */
  createdAt: number;
}

/** Format of vaults that this version writes and reads. */
export const vaultFormat = 1;

/**
 * Reads `vault.json`; undefined when there is none.
 * @throws {ChattyError} VAULT_FILE_DAMAGED, VAULT_FORMAT_UNKNOWN, ENVIRONMENT_MISMATCH; nothing is changed
 */
export function readVaultFile(files: FilePort, path: string, environment: string): VaultFile | undefined {
  const bytes = readWholeFile(files, path);
  if (bytes === undefined) return undefined;
  const value = parse(bytes);
  if (!isJsonObject(value)) throw damaged(path);
  const { format, vaultId, createdAt } = value;
  if (typeof format === "number" && format !== vaultFormat) {
    throw new ChattyError(
      "VAULT_FORMAT_UNKNOWN",
      `The vault in ${path} has format ${format}; this Chatty knows ${vaultFormat}.`,
      {
        hint: "Open it with the version that wrote it, or a newer one. Nothing was changed.",
        where: { path },
      },
    );
  }
  if (
    format !== vaultFormat ||
    typeof vaultId !== "string" ||
    !isUuid(vaultId) ||
    typeof createdAt !== "number"
  ) {
    throw damaged(path);
  }
  if (value["environment"] !== environment) {
    throw new ChattyError(
      "ENVIRONMENT_MISMATCH",
      `The vault in ${path} belongs to the environment ${JSON.stringify(value["environment"])}, not ${environment}.`,
      {
        hint: "Name the right one with --env, or another home with --home. Nothing was changed.",
        where: { path },
      },
    );
  }
  return { format: vaultFormat, vaultId, environment, createdAt };
}

/** Makes the folder a vault: after this returns, the vault exists. */
export function writeVaultFile(files: FilePort, path: string, vault: VaultFile): void {
  replaceFile(files, path, Buffer.from(`${JSON.stringify(vault, null, 2)}\n`));
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function damaged(path: string): ChattyError {
  return new ChattyError("VAULT_FILE_DAMAGED", `${path} is not a vault's description.`, {
    hint: "Nothing was changed. Put the file back from a backup, or name another home with --home.",
    where: { path },
  });
}
