import type { App, ServerContext } from "../server-context.ts";
import { addBackupRoutes } from "./backups/backup-routes.ts";
import { addDataRoutes } from "./data/data-routes.ts";
import { addEventRoutes } from "./events/event-routes.ts";
import { addFileRoutes } from "./files/file-routes.ts";
import { addGenerationRoutes } from "./generation/generation-routes.ts";
import { addGptPartRoutes } from "./gpts/gpt-part-routes.ts";
import { addGptRoutes } from "./gpts/gpt-routes.ts";
import { addHealthRoutes } from "./health/health-routes.ts";
import { addSignInRoutes } from "./health/sign-in-routes.ts";
import { addImportRoutes } from "./imports/import-routes.ts";
import { addJobRoutes } from "./jobs/job-routes.ts";
import { addMessageRoutes } from "./messages/message-routes.ts";
import { addOpenApiRoutes, collectSchemas } from "./openapi/openapi-routes.ts";
import { addPageRoutes } from "./page/page-routes.ts";
import { addProviderRoutes } from "./providers/provider-routes.ts";
import { addRuntimeRoutes } from "./runtimes/runtime-routes.ts";
import { addSavedSearchRoutes } from "./search/saved-search-routes.ts";
import { addSessionListRoutes } from "./sessions/session-list-routes.ts";
import { addSessionRoutes } from "./sessions/session-routes.ts";
import { addSettingsRoutes } from "./settings/settings-routes.ts";
import { addUploadRoutes } from "./uploads/upload-routes.ts";

/** Every route of the server. */
export async function addRoutes(app: App, context: ServerContext, cookieName: string): Promise<void> {
  await collectSchemas(app, context);
  addHealthRoutes(app, context);
  addSignInRoutes(app, context, cookieName);
  addRuntimeRoutes(app, context);
  addSessionListRoutes(app, context);
  addSessionRoutes(app, context);
  addMessageRoutes(app, context);
  addGenerationRoutes(app, context);
  addSavedSearchRoutes(app, context);
  await addFileRoutes(app, context);
  await addImportRoutes(app, context);
  await addUploadRoutes(app, context);
  addJobRoutes(app, context);
  addGptRoutes(app, context);
  await addGptPartRoutes(app, context);
  addSettingsRoutes(app, context);
  addProviderRoutes(app, context);
  addDataRoutes(app, context);
  addBackupRoutes(app, context);
  addEventRoutes(app, context);
  await addOpenApiRoutes(app);
  await addPageRoutes(app, context, cookieName);
}
