import type { Provider, ProviderDraft, ProviderList, ProviderTest } from "@chatty/server/api";
import { queryOptions } from "@tanstack/react-query";
import { request } from "./client.ts";
import { queryKeys } from "./query-keys.ts";

const providerPath = (providerId: string) => `/api/providers/${encodeURIComponent(providerId)}`;

export function providerList() {
  return queryOptions({
    queryKey: queryKeys.providers,
    queryFn: ({ signal }) => request<ProviderList>("/api/providers", { signal }),
  });
}

export function addProvider(draft: ProviderDraft): Promise<Provider> {
  return request("/api/providers", { method: "POST", json: draft });
}

export function putProvider(providerId: string, draft: ProviderDraft): Promise<Provider> {
  return request(providerPath(providerId), { method: "PUT", json: draft });
}

export function removeProvider(providerId: string): Promise<unknown> {
  return request(providerPath(providerId), { method: "DELETE" });
}

/** Asks the provider for its models and says what came of it. */
export function testProvider(providerId: string): Promise<ProviderTest> {
  return request(`${providerPath(providerId)}/test`, { method: "POST" });
}
