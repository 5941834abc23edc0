import type { RuntimeId, SessionId } from "@chatty/model";
import { recallOfPrefix } from "@chatty/store";
import type { UserVault } from "@chatty/store";
import type { Settings } from "../api/settings.ts";

/** Whether earlier conversations are looked through for an answer, and why. */
export interface RecallState {
  isOn: boolean;
  /**
   * `conversation`: it was switched for this conversation. `settings`: what the settings say for everything. `elsewhere`: the model is not on
   * this machine, and nobody said that earlier conversations may go there.
   */
  because: "conversation" | "settings" | "elsewhere";
}

export type VaultOfSwitch = Pick<UserVault, "settings" | "setSettings" | "runtimes">;
export type RecallSettings = Pick<Settings, "recall.on" | "recall.elsewhere" | "recall.exceptRuntimes">;

/**
 * The careful default: on for models on this machine; off for models elsewhere until the person allows it, once for all or for one
 * conversation, because what is recalled is sent to whoever runs the model.
 */
export function recallState(
  user: VaultOfSwitch,
  settings: RecallSettings,
  sessionId: SessionId,
  isLocal: boolean,
): RecallState {
  const own = ownSwitch(user, sessionId);
  if (!settings["recall.on"] && own !== true) return { isOn: false, because: "settings" };
  if (own !== undefined) return { isOn: own, because: "conversation" };
  if (!isLocal && !settings["recall.elsewhere"]) return { isOn: false, because: "elsewhere" };
  return { isOn: true, because: "settings" };
}

/** What was switched for this conversation; undefined when it follows the settings. */
export function ownSwitch(user: VaultOfSwitch, sessionId: SessionId): boolean | undefined {
  const kept = user.settings()[`${recallOfPrefix}${sessionId}`];
  return typeof kept === "boolean" ? kept : undefined;
}

/** Switches it for one conversation; null lets it follow the settings again. */
export async function setOwnSwitch(
  user: VaultOfSwitch,
  sessionId: SessionId,
  isOn: boolean | null,
): Promise<void> {
  await user.setSettings({ [`${recallOfPrefix}${sessionId}`]: isOn });
}

/** The runtimes that may be recalled from: those that are there and were not switched off. By id, with their names. */
export function recalledRuntimes(user: VaultOfSwitch, settings: RecallSettings): Map<RuntimeId, string> {
  const off = new Set<string>(settings["recall.exceptRuntimes"]);
  const allowed = user.runtimes().filter(({ runtimeId }) => !off.has(runtimeId));
  return new Map(allowed.map(({ runtimeId, name }) => [runtimeId, name]));
}
