import type {
  ConstructId,
  JsonObject,
  RuntimeId,
  SessionId,
  SourceIdentity,
  SourceName,
} from "@chatty/model";
import { createUuid, parseConstructId } from "@chatty/model";
import type { SessionChange } from "../sessions/backend.ts";
import type { ConstructRecord } from "../workspace/constructs.ts";
import { createConstruct, newRuntimeChanges } from "../workspace/constructs.ts";
import { homeChange } from "../workspace/homes.ts";
import { providerPreset, runtimeIdBase } from "../workspace/presets.ts";
import type { ProviderPreset } from "../workspace/presets.ts";
import { listRuntimes, nextRuntimeId } from "../workspace/runtimes.ts";
import type { RuntimeRecord } from "../workspace/runtimes.ts";
import { activeRuntimeId, activeRuntimeKey, settingChange } from "../workspace/settings.ts";
import type { ImportContext } from "./import-context.ts";

/** A runtime that an import makes, with everything that must be there from its first moment. */
export interface NewRuntime {
  runtime: RuntimeRecord;
  construct: ConstructRecord;
  homeSessionId: SessionId;
  preset: ProviderPreset;
}

/** Characters of an account id that are enough to tell a person's accounts apart. */
const accountHandleLength = 12;

/** Plans the runtime of an account that was never imported before. Writes nothing. */
export function planRuntime(
  context: ImportContext,
  source: SourceName,
  namespace: string,
  identity: SourceIdentity,
  nowMs: number,
): NewRuntime {
  const { configuration } = context.storage;
  const { userId } = context.user;
  const preset = providerPreset(source);
  const accountId = (identity.accountId ?? "export").slice(0, accountHandleLength);
  const runtimeId = nextRuntimeId(configuration, userId, runtimeIdBase(source, { ...identity, accountId }));
  const constructId: ConstructId = parseConstructId(`${runtimeId}-001`);
  const runtime: RuntimeRecord = {
    runtimeId,
    name: runtimeName(context, preset.label, identity, runtimeId),
    kind: "imported",
    provider: preset.provider,
    constructId,
    mode: preset.mode,
    namespace,
    identity: identityColumn(identity),
    createdAt: nowMs,
    updatedAt: nowMs,
    deletedAt: undefined,
    joinedInto: undefined,
  };
  const construct = createConstruct({
    constructId,
    name: preset.label,
    description: preset.description,
    instructions: preset.instructions,
    orchestrationMode: preset.mode,
    createdAt: nowMs,
  });
  return { runtime, construct, homeSessionId: createUuid(nowMs) as SessionId, preset };
}

/** The changes that make a planned runtime, its construct and its home. @param selects makes it the active one as well */
export function newRuntimeBatch(
  context: ImportContext,
  planned: NewRuntime,
  importedAt: number,
  selects: boolean,
): SessionChange[] {
  const { configuration } = context.storage;
  const { userId } = context.user;
  const { runtime, construct, homeSessionId, preset } = planned;
  const { runtimeId, constructId } = runtime;
  const previous = activeRuntimeId(configuration, userId);
  const home = { runtimeId, sessionId: homeSessionId, constructId, setAt: importedAt };
  return [
    ...newRuntimeChanges(configuration, userId, runtime, construct).map(configure),
    {
      kind: "create",
      session: {
        sessionId: homeSessionId,
        runtimeId,
        constructId,
        title: construct.name,
        source: "imported",
        home: { providerLabel: preset.label, source: preset.provider, importedAt, isPrimary: true },
      },
    },
    configure(homeChange(userId, home)),
    {
      kind: "select",
      selection: {
        eventType: "runtime_imported",
        runtimeId,
        ...(previous === undefined ? {} : { previousRuntimeId: previous }),
        constructId,
        provider: preset.provider,
        isImported: true,
        isCore: false,
        source: "import",
      },
    },
    ...(selects ? [configure(settingChange(userId, activeRuntimeKey, runtimeId))] : []),
  ];
}

/** An identity as the configuration keeps it. */
export function identityColumn(identity: SourceIdentity): JsonObject {
  return { ...identity };
}

/** A change of configuration as a change of a batch. */
export function configure(change: (SessionChange & { kind: "configure" })["change"]): SessionChange {
  return { kind: "configure", change };
}

/** The provider's name, and whose account it is where there is already a runtime of that name. */
function runtimeName(
  context: ImportContext,
  label: string,
  identity: SourceIdentity,
  runtimeId: RuntimeId,
): string {
  const names = listRuntimes(context.storage.configuration, context.user.userId).map(({ name }) => name);
  if (!names.includes(label)) return label;
  const name = `${label} (${identity.email ?? identity.name ?? runtimeId})`.toWellFormed();
  return names.includes(name) ? `${label} (${runtimeId})` : name;
}
