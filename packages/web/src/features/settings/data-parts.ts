import type { DataPlace } from "@chatty/server/api";

const names: readonly (readonly [RegExp, string])[] = [
  [/^vvault$/, "Conversations"],
  [/^imports$/, "Imports"],
  [/^catalog$/, "Lists, derived"],
  [/^chatty\.db/, "Settings"],
  [/^log$/, "Log"],
  [/^continuity$/, "Events"],
  [/^backups$/, "Backups"],
  [/^(?:quarantine|trash)$/, "Set aside"],
];

/** The parts of the data in words for people, the biggest first. Every byte is in one of them. */
export function dataParts(parts: DataPlace["parts"]): DataPlace["parts"] {
  const sizes = new Map<string, number>();
  for (const part of parts) {
    const name = names.find(([pattern]) => pattern.test(part.name))?.[1] ?? "Other";
    sizes.set(name, (sizes.get(name) ?? 0) + part.bytes);
  }
  return [...sizes]
    .map(([name, bytes]) => ({ name, bytes }))
    .filter((part) => part.bytes > 0)
    .toSorted((a, b) => b.bytes - a.bytes);
}
