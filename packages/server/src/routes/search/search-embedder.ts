// Which embedder is set up, and the key of its server: bound to the origin it was given for, as every key is.
import { ChattyError } from "@chatty/model";
import { baseUrlOf, bindKey, originOf, parseStoredKey, storedFromKey } from "@chatty/runtimes";
import type { UserVault } from "@chatty/store";
import Value from "typebox/value";
import { SearchEmbedder } from "../../api/settings.ts";

/** Setting under which the embedder is kept; `builtin` when there is none. */
export const embedderSetting = "search.embedder";
/** Secret under which the key of its server is kept, as `storedFromKey` writes it. */
export const embedderSecret = "search.embedder";

type EmbedderServer = Exclude<SearchEmbedder, string>;

/** What is set up now. */
export function embedderOf(user: UserVault): SearchEmbedder {
  const stored = user.settings()[embedderSetting];
  return Value.Check(SearchEmbedder, stored) ? stored : "builtin";
}

/** True when the server that is set up has a key that was given for it. */
export function hasEmbedderKey(user: UserVault): boolean {
  const embedder = embedderOf(user);
  return typeof embedder !== "string" && keyOrigin(user) === originOfServer(embedder);
}

/**
 * The embedder as it is to be kept, with an address that can be asked.
 * @throws {ChattyError} PROVIDER_ADDRESS
 */
export function checkEmbedder(embedder: SearchEmbedder): SearchEmbedder {
  if (typeof embedder === "string") return embedder;
  const { kind, model } = embedder;
  const baseUrl = baseUrlOf({ kind: "openai-compatible", baseUrl: embedder.baseUrl });
  return { kind, baseUrl, model: model.trim() };
}

/**
 * Keeps the key of the embedder that is to be set up, before the embedder itself: no request goes to a new place with an old key.
 * @param key empty removes it; undefined leaves one that was given for the same place
 * @throws {ChattyError} SETTING_INVALID, PROVIDER_KEY
 */
export async function keepEmbedderKey(
  user: UserVault,
  embedder: SearchEmbedder,
  key: string | undefined,
): Promise<void> {
  if (key !== undefined && key !== "") {
    if (typeof embedder === "string") {
      throw new ChattyError("SETTING_INVALID", "The embedder that comes with Chatty takes no key.", {
        hint: "Set `search.embedder` to a server together with its key.",
      });
    }
    const place = { kind: "openai-compatible" as const, baseUrl: embedder.baseUrl };
    await user.setSecret(embedderSecret, storedFromKey(bindKey(place, key)));
    return;
  }
  const held = keyOrigin(user);
  const isForElsewhere = typeof embedder === "string" || held !== originOfServer(embedder);
  if (held !== undefined && (key === "" || isForElsewhere)) await user.setSecret(embedderSecret, undefined);
}

function keyOrigin(user: UserVault): string | undefined {
  const secret = user.secret(embedderSecret);
  return secret === undefined ? undefined : parseStoredKey(secret)?.origin;
}

function originOfServer({ baseUrl }: EmbedderServer): string {
  return originOf({ kind: "openai-compatible", baseUrl });
}
