import { readInBulk } from "./open-vault.ts";
import { checkConversation, defectList } from "./source-checker.ts";
import type { Defect, ShownConversation } from "./source-checker.ts";

/** A conversation that has to be in the vault, with the bytes that `raw` may give for it. */
export interface Wanted {
  id: string;
  /** The bytes that decide what has to be shown. */
  source: Uint8Array;
  /** Bytes that `raw` may give; the source alone when absent. `false`: not compared. */
  raw?: readonly Uint8Array[] | false;
}

/**
 * Reads every wanted conversation of one runtime (or of all) and tells what is wrong, at most twenty lines. A
 * conversation may be kept in several sessions; one of them has to be faithful.
 */
export async function checkVault(
  home: string,
  wanted: readonly Wanted[],
  runtimeId?: string,
): Promise<{ sessions: number; defects: string }> {
  return await readInBulk(home, async (reader) => {
    const bySource = new Map<string, ShownConversation[]>();
    const listed = reader
      .sessions()
      .filter((session) => runtimeId === undefined || session.runtimeId === runtimeId);
    for (const { sessionId } of listed) {
      const shown = await reader.show(sessionId);
      const sourceId = shown.session.sourceId ?? "";
      bySource.set(sourceId, [...(bySource.get(sourceId) ?? []), shown]);
    }
    const defects: Defect[] = [];
    const complain = (id: string, code: string, message: string): void => {
      defects.push({ code, node: id, message });
    };
    for (const { id, source, raw } of wanted) {
      const candidates = bySource.get(id) ?? [];
      if (candidates.length === 0) complain(id, "missing-conversation", "is not listed");
      const text = Buffer.from(source).toString("utf8");
      const verdicts = candidates.map((shown) => checkConversation(text, shown));
      const best = verdicts.toSorted((one, other) => one.length - other.length)[0] ?? [];
      for (const defect of best) complain(`${id} ${defect.node ?? ""}`, defect.code, defect.message);
      if (raw === false || candidates.length === 0) continue;
      const given = await Promise.all(
        candidates.map(async (shown) => await reader.raw(shown.session.sessionId)),
      );
      const allowed = raw ?? [source];
      if (!given.some((bytes) => allowed.some((each) => bytes.equals(each)))) {
        complain(
          id,
          "raw",
          `${given[0]?.length ?? 0} bytes differ from the ${allowed[0]?.length ?? 0} of the source`,
        );
      }
    }
    return { sessions: listed.length, defects: defectList(defects) };
  });
}
