import { readFileSync } from "node:fs";

/** Resident bytes of a process now and at their highest; undefined where the system does not tell. */
export function processMemory(pid: number): { resident: number; peak: number } | undefined {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    // Only Linux has this file; elsewhere memory is not measured.
    return undefined;
  }
  const kilobytes = (name: string): number => Number(new RegExp(`${name}:\\s*(\\d+)`).exec(status)?.[1] ?? 0);
  return { resident: kilobytes("VmRSS") * 1024, peak: kilobytes("VmHWM") * 1024 };
}
