// What a person leaves lying around: drafts, places, settings and secrets. Each is a small transaction of its own, on disk when it
// is acknowledged; secrets never go anywhere else.
import type { JsonValue, MessageId, SessionId } from "@chatty/model";
import { ChattyError, parseMessageId } from "@chatty/model";
import type { Place } from "../views.ts";
import { draftChange, getDraft } from "../workspace/drafts.ts";
import { getPlace, placeChange } from "../workspace/places.ts";
import { getSecret, secretChange } from "../workspace/secrets.ts";
import { isOwnKey, listSettings, settingChange, settingRemoval } from "../workspace/settings.ts";
import type { UserContext } from "./user-context.ts";

/** Longest key of a setting or secret, and longest secret, in UTF-16 code units. */
const keyLimit = 200;
const secretLimit = 64 * 1024;

export function readDraft(
  context: UserContext,
  sessionId: SessionId,
): { text: string; updatedAt: number } | undefined {
  const draft = getDraft(context.storage.configuration, context.userId, sessionId);
  return draft === undefined ? undefined : { text: draft.text, updatedAt: draft.updatedAt };
}

export function keepDraft(context: UserContext, sessionId: SessionId, text: string): void {
  const { storage, userId, now, feed } = context;
  if ((readDraft(context, sessionId)?.text ?? "") === text.toWellFormed()) return;
  storage.configuration.applyAlone([draftChange(userId, sessionId, text, now())]);
  feed.tell({ kind: "draft", sessionId });
}

export function readPlace(context: UserContext, sessionId: SessionId): Place | undefined {
  const place = getPlace(context.storage.configuration, context.userId, sessionId);
  return place === undefined ? undefined : placeFrom(place.anchorId, place.throughId);
}

export function keepPlace(context: UserContext, sessionId: SessionId, place: Place): void {
  const { storage, userId, now } = context;
  const anchorId = place.anchorId === undefined ? undefined : parseMessageId(place.anchorId);
  const throughId = place.throughId === undefined ? undefined : parseMessageId(place.throughId);
  storage.configuration.applyAlone([placeChange(userId, sessionId, { anchorId, throughId }, now())]);
}

/** Settings without Chatty's own. */
export function readSettings(context: UserContext): Record<string, JsonValue> {
  const settings = listSettings(context.storage.configuration, context.userId);
  return Object.fromEntries([...settings].filter(([key]) => !isOwnKey(key)));
}

/** @throws {ChattyError} SETTING_INVALID */
export function keepSettings(context: UserContext, patch: Record<string, JsonValue>): void {
  const { storage, userId, feed } = context;
  const changes = Object.entries(patch).map(([key, value]) => {
    if (!isKey(key) || isOwnKey(key) || JSON.stringify(value) === undefined) {
      throw new ChattyError(
        "SETTING_INVALID",
        `${JSON.stringify(key.slice(0, 80))} is no setting that can be set.`,
        {
          hint: "Give a key of at most 200 characters and a JSON value; the active runtime is chosen by selecting it.",
        },
      );
    }
    return value === null ? settingRemoval(userId, key) : settingChange(userId, key, value);
  });
  if (changes.length === 0) return;
  storage.configuration.applyAlone(changes);
  feed.tell({ kind: "settings" });
}

export function readSecret(context: UserContext, key: string): string | undefined {
  return getSecret(context.storage.configuration, context.userId, key);
}

/** @throws {ChattyError} SECRET_INVALID; never with the secret in it. */
export function keepSecret(context: UserContext, key: string, value: string | undefined): void {
  const { storage, userId, feed } = context;
  const isSound =
    value === undefined || (value !== "" && value.length <= secretLimit && value.isWellFormed());
  if (!isKey(key) || !isSound) {
    throw new ChattyError("SECRET_INVALID", "This cannot be kept as a secret.", {
      hint: "A secret has a key of at most 200 characters and is a text that is not empty.",
    });
  }
  storage.configuration.applyAlone([secretChange(userId, key, value)]);
  feed.tell({ kind: "settings" });
}

function isKey(key: string): boolean {
  return key !== "" && key.length <= keyLimit && key.isWellFormed();
}

function placeFrom(anchorId: MessageId | undefined, throughId: MessageId | undefined): Place {
  return {
    ...(anchorId === undefined ? {} : { anchorId }),
    ...(throughId === undefined ? {} : { throughId }),
  };
}
