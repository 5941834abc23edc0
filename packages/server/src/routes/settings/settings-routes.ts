import { keepByDefault } from "@chatty/store";
import type { UserVault } from "@chatty/store";
import Value from "typebox/value";
import { Settings, SettingsPatch } from "../../api/settings.ts";
import { forUser } from "../../security/route-policy.ts";
import type { App, ServerContext } from "../../server-context.ts";
import { answers } from "../answers.ts";
import { checkEmbedder, embedderOf, hasEmbedderKey, keepEmbedderKey } from "../search/search-embedder.ts";

const tags = ["settings"];

const defaults: Settings = {
  theme: "system",
  readingFont: "sans",
  readingSize: 16,
  defaultModel: null,
  sidebarOpen: true,
  sendWith: "enter",
  draftSaveMs: 750,
  draftSaveMaxMs: 10_000,
  answerCheckpointMs: 2000,
  "trash.days": 30,
  "recall.on": true,
  "recall.elsewhere": false,
  "recall.exceptRuntimes": [],
  backupDaily: true,
  backupFolder: null,
  backupKeepHourly: keepByDefault.hourly,
  backupKeepDaily: keepByDefault.daily,
  backupKeepMonthly: keepByDefault.monthly,
  "search.meaning": true,
  "search.embedder": "builtin",
  "search.embedderHasKey": false,
};

export function addSettingsRoutes(app: App, { user, backups }: ServerContext): void {
  app.get(
    "/api/settings",
    {
      config: forUser,
      schema: { summary: "Settings of this person", tags, response: answers({ 200: Settings }) },
    },
    () => settingsOf(user),
  );
  app.put(
    "/api/settings",
    {
      config: forUser,
      schema: {
        summary: "Change the settings that are named and leave the rest",
        tags,
        body: SettingsPatch,
        response: answers({ 200: Settings }),
      },
    },
    async ({ body }) => {
      const { "search.embedderKey": key, ...patch } = body;
      const chosen = patch["search.embedder"];
      const embedder = chosen === undefined ? undefined : checkEmbedder(chosen);
      if (embedder !== undefined || key !== undefined) {
        await keepEmbedderKey(user, embedder ?? embedderOf(user), key);
      }
      const known = Object.entries(patch).filter(([name]) => name in defaults && !isOnlyTold(name));
      await user.setSettings({
        ...Object.fromEntries(known),
        ...(embedder === undefined ? {} : { "search.embedder": embedder }),
      });
      backups.watch();
      return settingsOf(user);
    },
  );
}

/** What was set, and the default where nothing was or where it does not fit any more. */
export function settingsOf(user: UserVault): Settings {
  const stored = user.settings();
  const chosen = Object.entries(Settings.properties).filter(([key, schema]) => {
    return stored[key] !== undefined && Value.Check(schema, stored[key]);
  });
  return {
    ...defaults,
    ...Object.fromEntries(chosen.map(([key]) => [key, stored[key]])),
    "search.embedderHasKey": hasEmbedderKey(user),
  };
}

/** What follows from something else and cannot be set. */
function isOnlyTold(name: string): boolean {
  return name === "search.embedderHasKey";
}
