import { spawn } from "node:child_process";

/** Opens an address in the person's browser. False when nothing on this machine knows how. */
export function openBrowser(address: string, platform: NodeJS.Platform): Promise<boolean> {
  const [program, words] = openerOf(address, platform);
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}

function openerOf(address: string, platform: NodeJS.Platform): [string, string[]] {
  if (platform === "darwin") return ["open", [address]];
  // No shell: an address never becomes words of a command.
  if (platform === "win32") return ["rundll32.exe", ["url.dll,FileProtocolHandler", address]];
  return ["xdg-open", [address]];
}
