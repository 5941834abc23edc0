const openedSchemes = new Set(["http:", "https:", "mailto:"]);

/**
 * The address as it may stand in a link, or undefined when it must not be one: only absolute http, https and mailto addresses are
 * opened. Everything that comes from a source is foreign, also what looks like an address of this page.
 */
export function safeHref(address: unknown): string | undefined {
  if (typeof address !== "string" || address.length > 8192) return undefined;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    // Relative or malformed: it names nothing outside of the conversation it came from.
    return undefined;
  }
  if (!openedSchemes.has(url.protocol)) return undefined;
  if (url.protocol !== "mailto:" && url.hostname === "") return undefined;
  return url.href;
}

/** What a person should read before following a link: its host, or the mail address. */
export function linkHost(href: string): string {
  const url = new URL(href);
  if (url.protocol === "mailto:") return decodedPath(url.pathname);
  return url.host.replace(/^www\./, "");
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A stray percent sign: shown as it stands.
    return path;
  }
}
