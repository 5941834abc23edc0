import type { Settings } from "@chatty/server/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  Archive,
  House,
  Library,
  Moon,
  Plus,
  Receipt,
  Settings2,
  SquarePen,
  Star,
  Sun,
  SunMoon,
  TextSearch,
  UserRound,
} from "lucide-react";
import { describeError } from "../api/client.ts";
import { queryKeys } from "../api/query-keys.ts";
import { sessionDetail } from "../api/sessions.ts";
import { putSettings } from "../api/settings.ts";
import { Palette, type PaletteCommand } from "../features/palette/palette.tsx";
import { sectionTitles, settingsSections } from "../features/settings/settings-page.tsx";
import type { SessionActions } from "../features/sidebar/session-actions.ts";
import { modifierName } from "../ui/modifier-key.ts";
import { showProblem } from "../ui/toast-store.ts";
import { readSearch } from "./addresses.ts";
import type { Workspace } from "./use-workspace.ts";

interface PaletteHostProps {
  workspace: Workspace;
  actions: SessionActions;
  threadId: string | undefined;
  onClose: () => void;
}

/** The palette with everything the page can do. */
export function PaletteHost({ workspace, actions, threadId, onClose }: PaletteHostProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { data: session } = useQuery({ ...sessionDetail(threadId ?? ""), enabled: threadId !== undefined });

  const setTheme = async (theme: Settings["theme"]) => {
    try {
      client.setQueryData(queryKeys.settings, await putSettings({ theme }));
    } catch (error) {
      showProblem(describeError(error));
    }
  };
  const command = (
    id: string,
    label: string,
    Icon: typeof House,
    onRun: () => Promise<unknown>,
    more: { words?: string; hint?: string } = {},
  ): PaletteCommand => ({
    id,
    label,
    icon: <Icon size={16} />,
    onRun: () => {
      onRun().catch(() => {
        // Each says itself what came of it.
      });
    },
    ...more,
  });

  const commands: PaletteCommand[] = [
    command("new", "New conversation", SquarePen, workspace.newConversation, {
      hint: `${modifierName} Shift O`,
    }),
    command("home", "Go to the home conversation", House, () => navigate({ to: "/" })),
    ...(session === undefined
      ? []
      : [
          command(
            "star",
            session.starred ? "Remove the star of this conversation" : "Star this conversation",
            Star,
            () => actions.setStarred(session, !session.starred),
          ),
          ...(session.home
            ? []
            : [
                command(
                  "archive",
                  session.archived
                    ? "Take this conversation out of the archive"
                    : "Archive this conversation",
                  Archive,
                  () => actions.setArchived(session, !session.archived),
                ),
                command(
                  "make-home",
                  session.imported ? "Continue this conversation as home" : "Make this conversation the home",
                  House,
                  () => actions.makeHome(session),
                ),
              ]),
        ]),
    command("import", "Import an export", Plus, () => navigate({ to: "/app", search: { import: true } }), {
      words: "upload zip add",
    }),
    command("search", "Search everything", TextSearch, () => navigate({ to: "/app/search" }), {
      words: "find messages",
    }),
    command("runtimes", "Show all runtimes", Library, () => navigate({ to: "/app" }), { words: "dashboard" }),
    command("imports", "Show imports and receipts", Receipt, () => navigate({ to: "/app/imports" })),
    command("construct", "New construct", UserRound, () =>
      navigate({ to: "/app/settings/$section", params: { section: "constructs" } }),
    ),
    command("theme-system", "Theme as the system", SunMoon, () => setTheme("system"), {
      words: "appearance",
    }),
    command("theme-light", "Light theme", Sun, () => setTheme("light"), { words: "appearance day" }),
    command("theme-dark", "Dark theme", Moon, () => setTheme("dark"), { words: "appearance night" }),
    ...settingsSections.map((section) =>
      command(
        `settings-${section}`,
        `Settings: ${sectionTitles[section].toLowerCase()}`,
        Settings2,
        () => navigate({ to: "/app/settings/$section", params: { section } }),
        { words: section === "data" ? "verify rebuild backup" : section === "search" ? "index meaning" : "" },
      ),
    ),
  ];

  return (
    <Palette
      commands={commands}
      runtimes={workspace.runtimes}
      onOpenConversation={(id) => {
        workspace.openConversation(id).catch(() => {
          // The page says itself what could not be shown.
        });
      }}
      onOpenHit={({ sessionId, messageId }, q) => {
        navigate({
          to: "/app/chat/$threadId",
          params: { threadId: sessionId },
          search: { ...(messageId === null ? {} : { m: messageId }), q },
        }).catch(() => {
          // The page says itself what could not be shown.
        });
      }}
      onSearch={({ q, mode, sort }) => {
        navigate({
          to: "/app/search",
          search: readSearch({ q, mode, sort }),
        }).catch(() => {
          // As above.
        });
      }}
      onOpenRuntime={(id) => {
        workspace.openRuntime(id).catch(() => {
          // Told where it happened.
        });
      }}
      onClose={onClose}
    />
  );
}
