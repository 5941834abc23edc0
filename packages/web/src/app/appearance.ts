import type { Settings } from "@chatty/server/api";

/** Puts theme, reading font and size on the page, and keeps the theme for the first paint of the next visit. */
export function applyAppearance(settings: Pick<Settings, "theme" | "readingFont" | "readingSize">): void {
  const root = document.documentElement;
  if (settings.theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = settings.theme;
  root.dataset["reading"] = settings.readingFont;
  root.dataset["readingSize"] = String(settings.readingSize);
  try {
    localStorage.setItem("chatty.theme", settings.theme);
  } catch {
    // Storage may be blocked; then the first paint follows the system.
  }
}
