import { absolutePath, layout } from "../../files/layout.ts";
import { linesOf, listSegments, readSegment } from "../../log/segment.ts";
import { simulatedFiles } from "../simulated-files.ts";
import type { CrashState } from "./crash-states.ts";
import { examineState } from "./examine-state.ts";
import type { StateFault } from "./examine-state.ts";
import { simulatedRoot } from "./program.ts";
import type { ExploredProgram } from "./program.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { nodeAt } from "./truth.ts";
import type { Truth } from "./truth.ts";

const logFolder = absolutePath(simulatedRoot, layout.log);

/**
 * Changes one byte of a crash state that had been synced, as bits rot, in a group of the log that a later one proves to be
 * synced. The program may refuse, and then leaves the log as it is; what it must not do is to go on without what was acknowledged.
 * The state is used up.
 * @returns `tried` false when the log of this state has no such group.
 */
export function examineDamagedState(
  program: ExploredProgram,
  state: CrashState,
  truths: readonly Truth[],
  random: SeededRandom,
): { tried: boolean; fault?: StateFault } {
  const places = provenPlaces(state);
  const place = places[random.below(places.length)];
  if (place === undefined) return { tried: false };
  const node = nodeAt(state.root, place.path);
  if (node?.kind !== "file") return { tried: false };
  const bytes = Buffer.from(node.bytes);
  const at = place.from + random.below(place.to - place.from);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(3));
  node.bytes = bytes;
  const fault = examineState(program, state, truths);
  if (fault === undefined) return { tried: true };
  const detail = `byte ${at} of ${place.path} changed: ${fault.detail}`;
  if (fault.kind !== "refused") return { tried: true, fault: { ...fault, detail } };
  const after = nodeAt(state.root, place.path);
  if (after?.kind === "file" && after.bytes.equals(bytes)) return { tried: true };
  return { tried: true, fault: { kind: "lost", detail: `${detail}; and the log was changed` } };
}

/** Lines of groups of which a later whole group says that they were synced before it was written. */
function provenPlaces({ root }: CrashState): { path: string; from: number; to: number }[] {
  const files = simulatedFiles(root);
  const places: { path: string; from: number; to: number }[] = [];
  for (const number of listSegments(files, logFolder)) {
    const content = readSegment(files, logFolder, number);
    const durable = content.groups.at(-1)?.durable ?? 0;
    const node = nodeAt(root, content.path);
    if (node?.kind !== "file") continue;
    for (const { start, end } of linesOf(node.bytes, 0)) {
      // Without the newline: with it the next line goes, and that may be the one that proves.
      if (start > 0 && end <= durable) places.push({ path: content.path, from: start, to: end - 1 });
    }
  }
  return places;
}
