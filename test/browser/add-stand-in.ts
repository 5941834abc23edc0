import type { Page } from "playwright-core";
import type { Provider } from "@chatty/server/api";

/** Configures a provider as the settings page does and makes one of its models the default. */
export async function addStandIn(page: Page, baseUrl: string, model = "answer"): Promise<Provider> {
  return await page.evaluate(
    async ([url, name]) => {
      const send = async (method: string, path: string, json?: unknown): Promise<unknown> => {
        const response = await fetch(path, {
          method,
          ...(json === undefined
            ? {}
            : { headers: { "content-type": "application/json" }, body: JSON.stringify(json) }),
        });
        if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
        return (await response.json()) as unknown;
      };
      const draft = { kind: "openai-compatible", name: "Stand-in", baseUrl: url, enabled: true };
      const provider = (await send("POST", "/api/providers", draft)) as Provider;
      // As the page does after adding one: this is how its models become known.
      await send("POST", `/api/providers/${provider.providerId}/test`);
      await send("PUT", "/api/settings", { defaultModel: `${provider.providerId}/${name}` });
      return provider;
    },
    [baseUrl, model] as const,
  );
}
