import { createHash } from "node:crypto";
import { join } from "node:path";
import { userInfo } from "node:os";
import { canonicalPath, ensurePrivateFolder } from "../local-files.ts";

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with a zero at the end. */
const longestAddress = 100;

/** Where the owner of a vault listens. */
export interface SocketPlaces {
  /** Folder of the vault. */
  root: string;
  /** Folders in which a private one may be made for vaults with long paths, best first. */
  runtimeFolders: readonly string[];
  platform: NodeJS.Platform;
}

/**
 * Addresses at which an owner may listen, best first; an asker tries them in turn, because its environment
 * may differ from the owner's. Folders that others could have prepared are left out.
 */
export async function socketAddresses(places: SocketPlaces): Promise<string[]> {
  const root = await canonicalPath(places.root);
  const name = createHash("sha256").update(root, "utf8").digest("hex").slice(0, 32);
  if (places.platform === "win32") return [`\\\\.\\pipe\\chatty-${name}`];
  const direct = join(root, "owner.sock");
  if (fits(direct)) return [direct];
  const userNumber = userInfo().uid;
  const addresses: string[] = [];
  for (const runtimeFolder of places.runtimeFolders) {
    const folder = join(runtimeFolder, `chatty-${userNumber}`);
    const address = join(folder, `${name}.sock`);
    if (fits(address) && (await ensurePrivateFolder(folder, userNumber))) addresses.push(address);
  }
  return addresses;
}

function fits(address: string): boolean {
  return Buffer.byteLength(address, "utf8") <= longestAddress;
}
