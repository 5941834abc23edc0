const isApple = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** How the key for commands is written on this machine. */
export const modifierName = isApple ? "⌘" : "Ctrl";

/** True when the key for commands is held, and no other. */
export function hasModifier(event: { metaKey: boolean; ctrlKey: boolean; altKey: boolean }): boolean {
  return (isApple ? event.metaKey : event.ctrlKey) && !event.altKey;
}
