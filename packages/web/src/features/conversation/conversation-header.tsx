import type { SessionDetail } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  Archive,
  ArchiveRestore,
  Download,
  Ellipsis,
  GitFork,
  History,
  House,
  Link2,
  PanelRight,
  ScrollText,
  Star,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { runtimeList } from "../../api/runtimes.ts";
import { rawUrl } from "../../api/sessions.ts";
import { IconButton } from "../../ui/button.tsx";
import { describeError } from "../../api/client.ts";
import { Menu, MenuItem, MenuLine } from "../../ui/menu.tsx";
import { OriginMark } from "../../ui/origin-mark.tsx";
import { providerName } from "../../ui/origin.ts";
import { showProblem, showToast } from "../../ui/toast-store.ts";
import { SummaryDialog } from "./summary-dialog.tsx";
import { TitleField } from "./title-field.tsx";
import { useSessionActions } from "./use-session-actions.ts";

interface ConversationHeaderProps {
  session: SessionDetail;
  outline: { isOpen: boolean; toggle: () => void } | undefined;
}

/** Title, where it comes from, and what can be done with the conversation. */
export function ConversationHeader({ session, outline }: ConversationHeaderProps) {
  const actions = useSessionActions(session);
  const navigate = useNavigate();
  const [isSummaryOpen, setSummaryOpen] = useState(false);
  const lookBack = () => {
    navigate({
      to: "/app/chat/$threadId",
      params: { threadId: session.sessionId },
      search: { at: Date.now() },
    }).catch(() => {
      // The address stays as it is.
    });
  };
  return (
    <header className="flex h-12 shrink-0 items-center gap-1 border-b border-hairline px-2 max-md:h-14 md:px-3">
      <TitleField session={session} />
      <OriginChip session={session} />
      <IconButton
        label={session.starred ? "Take the star away" : "Star"}
        aria-pressed={session.starred}
        onClick={actions.star}
      >
        <Star size={16} aria-hidden className={session.starred ? "fill-current text-accent-ink" : ""} />
      </IconButton>
      {outline !== undefined && (
        <IconButton
          label={outline.isOpen ? "Hide the outline" : "Show the outline"}
          aria-pressed={outline.isOpen}
          onClick={outline.toggle}
          className="max-lg:hidden"
        >
          <PanelRight size={16} aria-hidden />
        </IconButton>
      )}
      <Menu
        align="end"
        trigger={
          <IconButton label="More about this conversation">
            <Ellipsis size={16} aria-hidden />
          </IconButton>
        }
      >
        {session.imported && (
          <MenuItem icon={<GitFork size={16} />} onSelect={() => forkOf(actions.fork)}>
            Continue with any model
          </MenuItem>
        )}
        {!session.imported && !session.home && (
          <MenuItem icon={<House size={16} />} onSelect={actions.makeHome}>
            Make it the home
          </MenuItem>
        )}
        <MenuItem icon={<ScrollText size={16} />} onSelect={() => setSummaryOpen(true)}>
          Summary
        </MenuItem>
        <MenuItem icon={<History size={16} />} onSelect={lookBack}>
          As it was…
        </MenuItem>
        <MenuItem icon={<Link2 size={16} />} onSelect={() => copyLink(session.sessionId)}>
          Copy link
        </MenuItem>
        <MenuItem
          icon={<Download size={16} />}
          onSelect={() => {
            const link = document.createElement("a");
            link.href = rawUrl(session.sessionId);
            link.download = "";
            link.click();
          }}
        >
          Export raw
        </MenuItem>
        <MenuLine />
        <MenuItem
          icon={session.archived ? <ArchiveRestore size={16} /> : <Archive size={16} />}
          onSelect={actions.archive}
        >
          {session.archived ? "Take out of the archive" : "Archive"}
        </MenuItem>
        <MenuItem icon={<Trash2 size={16} />} isDanger onSelect={actions.remove}>
          Delete
        </MenuItem>
      </Menu>
      <SummaryDialog
        sessionId={session.sessionId}
        isOpen={isSummaryOpen}
        onClose={() => setSummaryOpen(false)}
      />
    </header>
  );
}

/** The runtime of the conversation, and the source of an imported one. */
function OriginChip({ session }: { session: SessionDetail }) {
  const { data } = useQuery(runtimeList());
  const runtime = data?.runtimes.find((one) => one.runtimeId === session.runtimeId);
  if (runtime === undefined) return null;
  const source = session.imported
    ? `Imported from ${providerName(session.source ?? runtime.provider ?? "elsewhere")}`
    : "Kept by Chatty";
  return (
    <span
      title={`${runtime.name}. ${source}.`}
      className="inline-flex h-8 max-w-48 shrink-0 items-center gap-2 rounded-control px-2 text-13 text-ink-muted max-md:hidden"
    >
      <OriginMark origin={runtime} />
      <span className="truncate">{runtime.name}</span>
      <span className="sr-only">{source}</span>
    </span>
  );
}

function forkOf(fork: () => Promise<void>): void {
  fork().then(undefined, (error: unknown) => showProblem(describeError(error)));
}

function copyLink(sessionId: string): void {
  navigator.clipboard.writeText(`${location.origin}/app/chat/${encodeURIComponent(sessionId)}`).then(
    () => showToast({ message: "Link copied." }),
    () =>
      showProblem({
        message: "The browser did not allow copying.",
        hint: "Copy the address of this page by hand.",
      }),
  );
}
