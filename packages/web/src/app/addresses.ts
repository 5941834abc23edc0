import { defaultParseSearch, defaultStringifySearch } from "@tanstack/react-router";

/** Parts of an address that are text as it was typed: `"double entry"` and `2024` mean nothing else there. */
const texts = ["q", "m", "message", "like"] as const;

/** Reads what stands behind the question mark of an address. */
export function readAddress(text: string): Record<string, unknown> {
  const read: Record<string, unknown> = { ...defaultParseSearch(text) };
  const plain = new URLSearchParams(text);
  for (const name of texts) {
    const value = plain.get(name);
    if (value !== null) read[name] = value;
  }
  return read;
}

export function writeAddress(search: Record<string, unknown>): string {
  const rest = { ...search };
  const plain = new URLSearchParams();
  for (const name of texts) {
    const value = rest[name];
    delete rest[name];
    if (typeof value === "string") plain.set(name, value);
  }
  const parts = [defaultStringifySearch(rest).replace(/^\?/, ""), plain.toString()].filter(Boolean);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** What the address of the search page says. */
export interface SearchAddress {
  q?: string;
  /** Words and meaning when absent. */
  mode?: "text" | "semantic";
  /** Best first when absent. */
  sort?: "newest";
  /** `{session}/{message}`: what is like that message is asked for, and nothing else. */
  like?: string;
}

export function readSearch(search: Record<string, unknown>): SearchAddress {
  const { q, mode, sort, like } = search;
  return {
    ...(typeof q === "string" && q !== "" ? { q } : {}),
    ...(mode === "text" || mode === "semantic" ? { mode } : {}),
    ...(sort === "newest" ? { sort } : {}),
    ...(typeof like === "string" && like !== "" ? { like } : {}),
  };
}
