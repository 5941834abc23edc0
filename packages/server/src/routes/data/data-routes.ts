import { DataPlace, DoctorReport } from "../../api/settings.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { answers } from "../answers.ts";

export function addDataRoutes(app: App, { vault, home, measure }: ServerContext): void {
  app.get(
    "/api/data",
    {
      config: forUser,
      schema: {
        summary: "Where everything lies, and how much it is",
        tags: ["server"],
        response: answers({ 200: DataPlace }),
      },
    },
    async () => {
      const parts = (await measure?.()) ?? [];
      const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
      return { home, root: vault.root, environment: vault.environment, bytes, parts };
    },
  );
  app.get(
    "/api/doctor",
    {
      config: forUser,
      schema: {
        summary: "Whether anything around the vault puts it in danger, and what its opening mended",
        tags: ["server"],
        response: answers({ 200: DoctorReport }),
      },
    },
    async () => await vault.doctor(),
  );
}
