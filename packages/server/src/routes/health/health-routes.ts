import { Health } from "../../api/settings.ts";
import { forAnyone } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { answers } from "../answers.ts";

/** Says that the server is there, to anybody on this machine. */
export function addHealthRoutes(app: App, { vault, version }: ServerContext): void {
  app.get(
    "/api/health",
    {
      config: forAnyone,
      schema: { summary: "Is Chatty there?", tags: ["server"], response: answers({ 200: Health }) },
    },
    () => ({ ok: true, version, environment: vault.environment, vaultId: vault.vaultId }),
  );
}
