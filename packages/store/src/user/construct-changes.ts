import type { ConstructId, JsonObject, RuntimeId } from "@chatty/model";
import { ChattyError, createUuid, isJsonObject, parseConstructId } from "@chatty/model";
import type { SessionChange } from "../sessions/backend.ts";
import { revisionConflict } from "../sessions/session-errors.ts";
import type {
  ChangeOptions,
  ConstructActionDraft,
  ConstructActionView,
  ConstructPatch,
  ConstructVersionView,
  ConstructView,
} from "../views.ts";
import { resolveConstruct } from "../workspace/aliases.ts";
import {
  constructActionChange,
  constructPartRemoval,
  constructPartRemovals,
  listConstructActions,
  listConstructVersions,
  newConstructVersionChanges,
  newestConstructVersion,
} from "../workspace/construct-parts.ts";
import type { ConstructAction } from "../workspace/construct-parts.ts";
import {
  constructChange,
  constructRemoval,
  createConstruct,
  getConstruct,
  getConstructByGptId,
  listConstructs,
  newConstructChanges,
} from "../workspace/constructs.ts";
import type { ConstructRecord } from "../workspace/constructs.ts";
import { homeOfRuntime } from "../workspace/homes.ts";
import {
  isConstructTaken,
  nextCallsign,
  nextRuntimeId,
  runtimeChange,
  runtimeEditChanges,
  runtimesOfConstruct,
} from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import { checkAction, checkPatch } from "./construct-checks.ts";
import type { NewAct } from "../workspace/history.ts";
import { recorded } from "./acts.ts";
import { configured, leavingRuntime, newHomeChanges } from "./runtime-changes.ts";
import type { UserContext } from "./user-context.ts";

/** The construct that a text names. @throws {ChattyError} CONSTRUCT_NOT_FOUND */
export function findConstruct(context: UserContext, name: string): ConstructRecord {
  const { storage, userId } = context;
  const byId = getConstructByGptId(storage.configuration, userId, name.toLowerCase());
  if (byId !== undefined) return byId;
  const constructId = resolveConstruct(storage.configuration, userId, name);
  const construct =
    constructId === undefined ? undefined : getConstruct(storage.configuration, userId, constructId);
  if (construct !== undefined) return construct;
  throw new ChattyError(
    "CONSTRUCT_NOT_FOUND",
    `There is no construct ${JSON.stringify(name.slice(0, 120))}.`,
    {
      hint: "`chatty runtimes` lists the constructs of all runtimes.",
    },
  );
}

/** Every construct, oldest first. */
export function constructViews(context: UserContext): ConstructView[] {
  return listConstructs(context.storage.configuration, context.userId).map((construct) =>
    constructView(context, construct),
  );
}

/** A construct as people and programs see it. */
export function constructView(context: UserContext, construct: ConstructRecord): ConstructView {
  const { storage, userId } = context;
  const runtime = ownRuntime(context, construct.constructId);
  const home =
    runtime === undefined ? undefined : homeOfRuntime(storage.configuration, userId, runtime.runtimeId);
  return {
    ...settingsOf(construct),
    gptId: construct.gptId,
    constructId: construct.constructId,
    active: construct.active,
    createdAt: construct.createdAt,
    updatedAt: construct.updatedAt,
    version: newestConstructVersion(storage.configuration, userId, construct.gptId) + 1,
    ...(runtime === undefined ? {} : { runtimeId: runtime.runtimeId }),
    ...(home === undefined ? {} : { homeSessionId: home.sessionId }),
  };
}

/** Makes a construct and, unless that is not wanted, its custom runtime with a home. @returns its callsign. */
export async function makeConstruct(
  context: UserContext,
  draft: ConstructPatch & { name: string; constructId?: string },
  withRuntime: boolean,
): Promise<ConstructId> {
  const { constructId: wanted, ...patch } = draft;
  const checked = checkPatch(patch);
  const { storage, userId, now } = context;
  const reader = storage.configuration;
  const constructId =
    wanted === undefined ? nextCallsign(reader, userId, draft.name) : parseConstructId(wanted);
  if (isConstructTaken(reader, userId, constructId)) {
    throw new ChattyError(
      "CONSTRUCT_EXISTS",
      `There is already a construct ${JSON.stringify(constructId)}.`,
      {
        hint: "Take the next free callsign, or leave it out.",
      },
    );
  }
  const createdAt = now();
  const construct = createConstruct({ name: draft.name, ...checked, constructId, createdAt });
  const changes: SessionChange[] = configured(newConstructChanges(reader, userId, construct));
  if (withRuntime) {
    const runtime: RuntimeRecord = {
      runtimeId: nextRuntimeIdFor(context, constructId),
      name: construct.name,
      kind: "custom",
      provider: undefined,
      constructId,
      mode: construct.orchestrationMode === "synth" ? "synth" : "lin",
      namespace: undefined,
      identity: {},
      createdAt,
      updatedAt: createdAt,
      deletedAt: undefined,
      joinedInto: undefined,
    };
    changes.push({ kind: "configure", change: runtimeChange(userId, runtime) });
    changes.push(...newHomeChanges(context, runtime, construct.name).changes);
  }
  await context.sessions.commit(changes);
  return constructId;
}

/** Changes a construct; its former state becomes a version. A patch that changes nothing writes nothing. */
export async function updateConstruct(
  context: UserContext,
  name: string,
  patch: ConstructPatch,
  { ifMatch }: ChangeOptions,
): Promise<ConstructId> {
  const { storage, userId, now, sessions } = context;
  const construct = findConstruct(context, name);
  const version = newestConstructVersion(storage.configuration, userId, construct.gptId) + 1;
  if (ifMatch !== undefined && ifMatch !== String(version)) {
    throw revisionConflict(`The construct ${construct.constructId}`);
  }
  const next = { ...construct, ...checkPatch(patch), updatedAt: now() };
  if (JSON.stringify(settingsOf(next)) === JSON.stringify(settingsOf(construct)))
    return construct.constructId;
  const reader = storage.configuration;
  const changes = [constructChange(userId, next)];
  const runtime = ownRuntime(context, construct.constructId);
  // A runtime that was never given a name of its own goes by that of its construct.
  if (runtime?.kind === "custom" && runtime.name === construct.name && next.name !== construct.name) {
    changes.push(...runtimeEditChanges(reader, userId, runtime.runtimeId, { name: next.name }, now()));
  }
  await sessions.commit(() => [
    ...newVersion(context, construct),
    ...recorded(context, actOn(construct, "edit"), changes),
  ]);
  return construct.constructId;
}

/** What a construct is now, as its next version. */
export function newVersion(context: UserContext, construct: ConstructRecord): SessionChange[] {
  const { storage, userId, now } = context;
  const snapshot = wellFormed(settingsOf(construct));
  return configured(
    newConstructVersionChanges(storage.configuration, userId, construct.gptId, snapshot, now()),
  );
}

/** An act on a construct, without what it changes. */
export function actOn({ constructId }: ConstructRecord, kind: string): Omit<NewAct, "changes"> {
  return { kind, subject: "construct", subjectId: constructId };
}

/** Removes a construct's configuration and hides its custom runtimes. */
export async function removeConstruct(context: UserContext, name: string): Promise<void> {
  const { storage, userId, sessions } = context;
  const construct = findConstruct(context, name);
  const runtimes = runtimesOfConstruct(storage.configuration, userId, construct.constructId);
  for (const [kind, code, what] of [
    ["core", "CONSTRUCT_IS_CORE", "is part of Chatty and always exists"],
    ["imported", "CONSTRUCT_IS_IMPORTED", "belongs to an imported runtime"],
  ] as const) {
    if (!runtimes.some((runtime) => runtime.kind === kind)) continue;
    throw new ChattyError(code, `${construct.name} (${construct.constructId}) ${what}.`, {
      hint:
        kind === "core" ? "It can be changed instead." : "Delete the runtime instead; it can be restored.",
    });
  }
  const living = runtimes.filter((runtime) => runtime.deletedAt === undefined);
  const at = context.now();
  await sessions.commit(() => [
    ...recorded(context, actOn(construct, "delete"), [
      ...living.flatMap(({ runtimeId }) =>
        runtimeEditChanges(storage.configuration, userId, runtimeId, { deletedAt: at }, at),
      ),
      ...constructPartRemovals(storage.configuration, userId, construct.gptId),
      constructRemoval(userId, construct.gptId),
    ]),
    ...living.flatMap((runtime) => leavingRuntime(context, runtime)),
  ]);
}

/** Former states of a construct, the first one first. */
export function constructVersions(context: UserContext, name: string): ConstructVersionView[] {
  const { gptId } = findConstruct(context, name);
  return listConstructVersions(context.storage.configuration, context.userId, gptId).map(
    ({ version, snapshot, createdAt }) => ({
      version,
      snapshot: isJsonObject(snapshot) ? snapshot : {},
      createdAt,
    }),
  );
}

export function constructActions(context: UserContext, name: string): ConstructActionView[] {
  const { gptId } = findConstruct(context, name);
  return listConstructActions(context.storage.configuration, context.userId, gptId)
    .filter((action) => action.active)
    .map(actionView);
}

/** Keeps an action, a new one or in the place of one that is there. */
export async function keepAction(
  context: UserContext,
  name: string,
  draft: ConstructActionDraft,
): Promise<ConstructActionView> {
  const { storage, userId, now, sessions } = context;
  const construct = findConstruct(context, name);
  const { gptId } = construct;
  checkAction(draft);
  const known = listConstructActions(storage.configuration, userId, gptId).find(
    ({ actionId }) => actionId === draft.actionId,
  );
  if (draft.actionId !== undefined && known === undefined) throw actionNotFound(draft.actionId);
  const createdAt = now();
  const action: ConstructAction = {
    actionId: known?.actionId ?? `action-${createUuid(createdAt)}`,
    gptId,
    name: draft.name.toWellFormed(),
    description: draft.description?.toWellFormed(),
    url: draft.url.toWellFormed(),
    method: draft.method.toUpperCase(),
    headers: draft.headers,
    parameters: draft.parameters,
    active: true,
    createdAt: known?.createdAt ?? createdAt,
  };
  await sessions.commit(() =>
    recorded(context, actOn(construct, "action"), [constructActionChange(userId, action)]),
  );
  return actionView(action);
}

export async function removeAction(context: UserContext, name: string, actionId: string): Promise<void> {
  const { storage, userId, sessions } = context;
  const construct = findConstruct(context, name);
  const known = listConstructActions(storage.configuration, userId, construct.gptId).some(
    (action) => action.actionId === actionId,
  );
  if (!known) throw actionNotFound(actionId);
  await sessions.commit(() =>
    recorded(context, actOn(construct, "action"), [constructPartRemoval(userId, "gpt_actions", actionId)]),
  );
}

/** What can be set about a construct. */
function settingsOf(
  construct: ConstructRecord,
): ConstructPatch &
  Pick<ConstructView, "name" | "conversationStarters" | "capabilities" | "modelId" | "orchestrationMode"> {
  const { name, description, instructions, conversationStarters, avatar, capabilities, modelId } = construct;
  const { conversationModel, creativeModel, codingModel, orchestrationMode } = construct;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ...(instructions === undefined ? {} : { instructions }),
    conversationStarters,
    ...(avatar === undefined ? {} : { avatar }),
    capabilities,
    modelId,
    ...(conversationModel === undefined ? {} : { conversationModel }),
    ...(creativeModel === undefined ? {} : { creativeModel }),
    ...(codingModel === undefined ? {} : { codingModel }),
    orchestrationMode,
  };
}

function wellFormed(settings: ConstructPatch): JsonObject {
  return JSON.parse(JSON.stringify(settings)) as JsonObject;
}

function actionView(action: ConstructAction): ConstructActionView {
  const { actionId, name, description, url, method, headers, parameters, createdAt } = action;
  return {
    actionId,
    name,
    ...(description === undefined ? {} : { description }),
    url,
    method,
    headers,
    parameters,
    createdAt,
  };
}

/** The runtime that a construct is the default of: not a deleted one. */
function ownRuntime(context: UserContext, constructId: ConstructId): RuntimeRecord | undefined {
  const { storage, userId } = context;
  return runtimesOfConstruct(storage.configuration, userId, constructId).find(
    ({ deletedAt }) => deletedAt === undefined,
  );
}

/** `zoe` for `zoe-001`, else the next free one: the callsign itself is free, so its runtime's id may be as well. */
function nextRuntimeIdFor(context: UserContext, constructId: ConstructId): RuntimeId {
  const { storage, userId } = context;
  const base = constructId.endsWith("-001") ? constructId.slice(0, -"-001".length) : constructId;
  return nextRuntimeId(storage.configuration, userId, base);
}

function actionNotFound(actionId: string): ChattyError {
  return new ChattyError("ACTION_NOT_FOUND", `There is no action ${JSON.stringify(actionId.slice(0, 80))}.`, {
    hint: "Leave the id out to make a new one.",
  });
}
