import { ChattyError, isJsonObject } from "@chatty/model";
import type { ConstructActionDraft, ConstructPatch } from "../views.ts";

const texts = [
  "name",
  "description",
  "instructions",
  "avatar",
  "modelId",
  "conversationModel",
  "creativeModel",
  "codingModel",
  "orchestrationMode",
] as const;
/** They always say something. */
const needed: ReadonlySet<string> = new Set(["name", "modelId", "orchestrationMode"]);
/** Longest text, in UTF-16 code units; the log carries a change whole. */
const textLimit = 8 * 1024 * 1024;

/** What of a patch is to be kept: its known fields, as well-formed text. @throws {ChattyError} CONSTRUCT_INVALID */
export function checkPatch(patch: ConstructPatch): ConstructPatch {
  const checked: ConstructPatch = {};
  for (const key of texts) {
    const value: unknown = patch[key];
    if (value === undefined) continue;
    if (typeof value !== "string") throw invalid(`Its ${key} must be a text.`);
    if (needed.has(key) && value.trim() === "") throw invalid(`Its ${key} must not be blank.`);
    if (value.length > textLimit) throw invalid(`Its ${key} is too long.`);
    checked[key] = value.toWellFormed();
  }
  const { conversationStarters, capabilities } = patch;
  if (conversationStarters !== undefined) {
    const isSound =
      Array.isArray(conversationStarters) &&
      conversationStarters.every((starter) => typeof starter === "string" && starter.length <= textLimit);
    if (!isSound) throw invalid("Its conversation starters must be texts.");
    checked.conversationStarters = conversationStarters.map((starter) => starter.toWellFormed());
  }
  if (capabilities !== undefined) {
    if (!isJsonObject(capabilities)) throw invalid("Its capabilities must be an object.");
    checked.capabilities = capabilities;
  }
  return checked;
}

/** @throws {ChattyError} ACTION_INVALID */
export function checkAction(action: ConstructActionDraft): void {
  const { name, description, url, method, headers, parameters } = action;
  const isSound =
    typeof name === "string" &&
    name.trim() !== "" &&
    (description === undefined || typeof description === "string") &&
    typeof url === "string" &&
    url.trim() !== "" &&
    typeof method === "string" &&
    /^[A-Za-z]{1,16}$/.test(method) &&
    isJsonObject(headers) &&
    isJsonObject(parameters);
  if (isSound) return;
  throw new ChattyError("ACTION_INVALID", "An action has a name, a URL and a method.", {
    hint: "Give `name` and `url` as texts, `method` as GET or its kind, `headers` and `parameters` as objects.",
  });
}

function invalid(why: string): ChattyError {
  return new ChattyError("CONSTRUCT_INVALID", `The construct cannot be kept like this. ${why}`, {
    hint: "Nothing was changed.",
  });
}
