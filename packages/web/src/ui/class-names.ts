/** Joins class names; false and absent ones are left out. */
export function cx(...names: readonly (string | false | undefined | null)[]): string {
  return names.filter((name) => typeof name === "string" && name !== "").join(" ");
}
