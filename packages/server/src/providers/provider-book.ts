import { ChattyError, isJsonObject, slugFromText } from "@chatty/model";
import type { JsonObject, JsonValue } from "@chatty/model";
import {
  baseUrlOf,
  bindKey,
  discoverLocal,
  originOf,
  parseStoredKey,
  storedFromKey,
  testProvider,
} from "@chatty/runtimes";
import type { BuiltinEngine, Fetch, LocalPlace, ModelInfo, ProviderConfig } from "@chatty/runtimes";
import type { UserVault } from "@chatty/store";
import Value from "typebox/value";
import { ProviderKind } from "../api/settings.ts";
import type { Provider, ProviderDraft, ProviderList, ProviderTest } from "../api/settings.ts";

/** What the book needs of whoever starts the server; everything is there by itself outside of tests. */
export interface RuntimePorts {
  /** Where model servers of this machine are looked for. */
  places?: readonly LocalPlace[];
  fetch?: Fetch;
  /** Runs the built-in model, where one is installed. */
  builtin?: BuiltinEngine;
}

/** A provider and what was last known of its models. */
export interface KnownProvider {
  config: ProviderConfig;
  enabled: boolean;
  models: ModelInfo[];
}

/** The providers of one person: configuration in the settings, keys apart from it. */
export interface ProviderBook {
  all(): KnownProvider[];
  find(providerId: string): KnownProvider | undefined;
  list(): Provider[];
  /** Servers found on this machine that are not configured; takes up to 300 ms. Looks for the built-in model as well. */
  found(signal: AbortSignal): Promise<ProviderList["found"]>;
  add(draft: ProviderDraft): Promise<Provider>;
  /** @throws {ChattyError} PROVIDER_NOT_FOUND, PROVIDER_ADDRESS, PROVIDER_KEY */
  change(providerId: string, draft: ProviderDraft): Promise<Provider>;
  /** @throws {ChattyError} PROVIDER_NOT_FOUND, PROVIDER_BUILT_IN */
  remove(providerId: string): Promise<void>;
  /** Asks the provider for its models and keeps them. */
  test(providerId: string, signal: AbortSignal): Promise<ProviderTest>;
}

interface StoredProvider {
  providerId: string;
  kind: ProviderKind;
  name: string;
  baseUrl?: string;
  enabled: boolean;
  models: ModelInfo[];
}

const settingKey = "providers";
/** The built-in model needs no setting up: it is a provider while it is on this machine. */
const builtinId = "builtin";

/** @param changed called after every change */
export function createProviderBook(
  user: UserVault,
  ports: RuntimePorts,
  changed: () => void = () => undefined,
): ProviderBook {
  /** One change at a time: the list is written whole. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    const result = await mine;
    changed();
    return result;
  };
  let builtinModels: ModelInfo[] = [];
  const lookForBuiltin = async (signal: AbortSignal): Promise<void> => {
    builtinModels = (await ports.builtin?.models(signal)) ?? [];
  };
  // Nobody waits for it, and whoever lists the providers looks again.
  lookForBuiltin(new AbortController().signal).catch(() => undefined);
  const stored = (): StoredProvider[] => {
    const value = user.settings()[settingKey];
    const providers = Array.isArray(value) ? value.flatMap(parseProvider) : [];
    const others = providers.filter(({ providerId }) => providerId !== builtinId);
    if (builtinModels.length === 0) return others;
    const enabled = providers.find(({ providerId }) => providerId === builtinId)?.enabled ?? true;
    const name = "Built-in model";
    return [...others, { providerId: builtinId, kind: "builtin", name, enabled, models: builtinModels }];
  };
  const save = async (providers: readonly StoredProvider[]): Promise<void> => {
    await user.setSettings({ [settingKey]: providers as unknown as JsonValue });
  };
  const requireStored = (providerId: string): StoredProvider => {
    const found = stored().find((each) => each.providerId === providerId);
    if (found !== undefined) return found;
    throw new ChattyError("PROVIDER_NOT_FOUND", "There is no such provider.", {
      hint: "/api/providers lists them.",
    });
  };
  const known = (provider: StoredProvider): KnownProvider => {
    const { providerId, kind, name, baseUrl, enabled, models } = provider;
    const secret = user.secret(secretKey(providerId));
    const key = secret === undefined ? undefined : parseStoredKey(secret);
    const config: ProviderConfig = {
      providerId,
      kind,
      name,
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(key === undefined ? {} : { key }),
    };
    return { config, enabled, models };
  };
  const seen = (provider: StoredProvider): Provider => ({
    providerId: provider.providerId,
    kind: provider.kind,
    name: provider.name,
    ...(provider.baseUrl === undefined ? {} : { baseUrl: provider.baseUrl }),
    hasKey: known(provider).config.key !== undefined,
    models: provider.models.map(withoutSize),
    enabled: provider.enabled,
  });
  const keepKey = async (provider: StoredProvider, key: string | undefined): Promise<void> => {
    const place = secretKey(provider.providerId);
    if (key !== undefined && key !== "") {
      await user.setSecret(place, storedFromKey(bindKey(provider, key)));
      return;
    }
    const held = known(provider).config.key;
    const isForElsewhere =
      held !== undefined && (provider.kind === "builtin" || held.origin !== originOf(provider));
    if (key === "" || isForElsewhere) await user.setSecret(place, undefined);
  };
  return {
    all: () => stored().map(known),
    find: (providerId) => {
      const found = stored().find((each) => each.providerId === providerId);
      return found === undefined ? undefined : known(found);
    },
    list: () => stored().map(seen),
    async found(signal) {
      await lookForBuiltin(signal);
      const servers = await discoverLocal(signal, {
        ...(ports.places === undefined ? {} : { places: ports.places }),
        ...(ports.fetch === undefined ? {} : { fetch: ports.fetch }),
      });
      const taken = new Set(stored().flatMap(localPortOf));
      return servers
        .filter(
          (server) => !localPortOf({ kind: "openai-compatible", ...server }).some((port) => taken.has(port)),
        )
        .map(({ name, baseUrl, models }) => ({ name, baseUrl, models: models.map(withoutSize) }));
    },
    add: (draft) =>
      inTurn(async () => {
        const providers = stored();
        const provider = providerOf(freeId(draft.name, providers), draft, []);
        await keepKey(provider, draft.key);
        await save([...providers, provider]);
        return seen(provider);
      }),
    change: (providerId, draft) =>
      inTurn(async () => {
        const before = requireStored(providerId);
        const isSamePlace = before.kind === draft.kind && before.baseUrl === draft.baseUrl;
        const fresh = providerOf(providerId, draft, isSamePlace ? before.models : []);
        const provider = { ...fresh, enabled: draft.enabled ?? before.enabled };
        await keepKey(provider, draft.key);
        await save(stored().map((each) => (each.providerId === providerId ? provider : each)));
        return seen(provider);
      }),
    remove: (providerId) =>
      inTurn(async () => {
        if (requireStored(providerId).kind === "builtin") {
          throw new ChattyError("PROVIDER_BUILT_IN", "The built-in model is removed on the command line.", {
            hint: "Run `chatty model remove`, or only switch it off here.",
          });
        }
        await user.setSecret(secretKey(providerId), undefined);
        await save(stored().filter((each) => each.providerId !== providerId));
      }),
    async test(providerId, signal) {
      const { config } = known(requireStored(providerId));
      const { fetch, builtin } = ports;
      const result = await testProvider(config, signal, {
        ...(fetch === undefined ? {} : { fetch }),
        ...(builtin === undefined ? {} : { builtin }),
      });
      if (result.ok) {
        const { models } = result;
        await inTurn(() =>
          save(stored().map((each) => (each.providerId === providerId ? { ...each, models } : each))),
        );
      }
      return { ...result, models: result.models.map(withoutSize) };
    },
  };
}

/** @throws {ChattyError} PROVIDER_ADDRESS */
function providerOf(providerId: string, draft: ProviderDraft, models: ModelInfo[]): StoredProvider {
  const { kind, name } = draft;
  const given = draft.baseUrl?.trim();
  const baseUrl = given === undefined || given === "" ? undefined : given;
  const place = { kind, ...(baseUrl === undefined ? {} : { baseUrl }) };
  if (kind !== "builtin") baseUrlOf(place);
  return { providerId, name, enabled: draft.enabled ?? true, models, ...place };
}

function freeId(name: string, providers: readonly StoredProvider[]): string {
  const slug = slugFromText(name) || "provider";
  const taken = new Set([builtinId, ...providers.map(({ providerId }) => providerId)]);
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? slug : `${slug}-${number}`;
    if (!taken.has(id)) return id;
  }
}

/** Names of this machine are many; its ports are what tells servers apart. */
function localPortOf({ kind, baseUrl }: Pick<StoredProvider, "kind" | "baseUrl">): string[] {
  if (kind === "builtin" || baseUrl === undefined) return [];
  const { hostname, port } = new URL(baseUrlOf({ kind, baseUrl }));
  return ["127.0.0.1", "localhost", "[::1]"].includes(hostname) ? [port] : [];
}

function secretKey(providerId: string): string {
  return `provider.${providerId}`;
}

function withoutSize({ id, name }: ModelInfo): { id: string; name?: string } {
  return { id, ...(name === undefined ? {} : { name }) };
}

function parseProvider(value: JsonValue): StoredProvider[] {
  if (!isJsonObject(value)) return [];
  const { providerId, kind, name, baseUrl, enabled, models } = value;
  if (typeof providerId !== "string" || typeof name !== "string" || !Value.Check(ProviderKind, kind))
    return [];
  return [
    {
      providerId,
      kind,
      name,
      ...(typeof baseUrl === "string" ? { baseUrl } : {}),
      enabled: enabled !== false,
      models: Array.isArray(models) ? models.filter(isJsonObject).flatMap(parseModel) : [],
    },
  ];
}

function parseModel({ id, name, contextTokens }: JsonObject): ModelInfo[] {
  if (typeof id !== "string") return [];
  return [
    {
      id,
      ...(typeof name === "string" ? { name } : {}),
      ...(typeof contextTokens === "number" ? { contextTokens } : {}),
    },
  ];
}
