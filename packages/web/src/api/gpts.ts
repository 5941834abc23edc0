import type { Gpt, GptList, GptPatch, GptUndone, NewGpt } from "@chatty/server/api";
import { queryOptions } from "@tanstack/react-query";
import { request } from "./client.ts";
import { queryKeys } from "./query-keys.ts";

const gptPath = (id: string) => `/api/gpts/${encodeURIComponent(id)}`;

export function gptList() {
  return queryOptions({
    queryKey: queryKeys.gpts,
    queryFn: ({ signal }) => request<GptList>("/api/gpts", { signal }),
  });
}

/** Makes a construct and, unless told otherwise, its runtime and home. */
export function createGpt(draft: NewGpt): Promise<Gpt> {
  return request("/api/gpts", { method: "POST", json: draft });
}

/** What is absent stays as it is. */
export function putGpt(id: string, patch: GptPatch): Promise<Gpt> {
  return request(gptPath(id), { method: "PUT", json: patch });
}

export function deleteGpt(id: string): Promise<unknown> {
  return request(gptPath(id), { method: "DELETE" });
}

/** Takes the last act on a construct back: an edit, or its deletion. Only the callsign finds one that is deleted. */
export function undoGpt(callsign: string): Promise<GptUndone> {
  return request(`${gptPath(callsign)}/undo`, { method: "POST", json: {} });
}
