import type { FilePart } from "@chatty/model";
import type { Message, SessionDetail } from "@chatty/server/api";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { inputClass } from "../../ui/field.tsx";
import { formatExactTime } from "../../ui/format.ts";
import { ConversationContext, type ConversationActions } from "./conversation-context.ts";
import { FileDialog, RawDialog } from "./conversation-dialogs.tsx";
import { momentOf, momentText } from "./moment-text.ts";
import { MessageList, type ListHandle } from "./message-list.tsx";
import { MessageRow } from "./message-row.tsx";
import { dayBefore } from "./message-times.ts";
import { createPlaceStore } from "./place-store.ts";
import { shownPath } from "./shown-path.ts";
import { useLatest } from "./use-latest.ts";
import { useMessagePath, type Opened } from "./use-message-path.ts";

interface PastConversationProps {
  session: SessionDetail;
  opened: Opened;
  /** Milliseconds UTC. */
  asOf: number;
}

/** A conversation as it was at a moment: to read, never to change. */
export function PastConversation({ session, opened, asOf }: PastConversationProps) {
  const [through, setThrough] = useState(opened.throughId);
  const [places] = useState(createPlaceStore);
  const [now] = useState(() => Date.now());
  const list = useRef<ListHandle>(null);
  const [raw, setRaw] = useState<Message>();
  const [file, setFile] = useState<FilePart>();
  const path = useMessagePath(session.sessionId, through, opened);
  const shown = shownPath(path.loaded, undefined, undefined);
  const latest = useLatest(session);
  const actions = useMemo<ConversationActions>(() => {
    const nothing = async () => await Promise.resolve();
    return {
      session: () => latest.current,
      asOf,
      chooseBranch: setThrough,
      regenerate: nothing,
      continueAnswer: nothing,
      resend: async () => await Promise.resolve(false),
      correct: async () => await Promise.resolve(false),
      forkAt: nothing,
      remove: nothing,
      copyLink: nothing,
      showRaw: setRaw,
      showFile: setFile,
      openFolds: new Set(),
    };
  }, [asOf, latest]);
  return (
    <ConversationContext value={actions}>
      <div className="flex h-full min-w-0 flex-col">
        <PastBar session={session} asOf={asOf} />
        <div className="relative min-h-0 flex-1">
          {shown.count === 0 ? (
            <Nothing />
          ) : (
            <MessageList
              ref={list}
              path={shown}
              startIndex={opened.anchorIndex}
              isLoading={path.isLoading}
              isRailShown={false}
              places={places}
              onSee={path.see}
              renderRow={(message, previous, index) => (
                <MessageRow
                  message={message}
                  index={index}
                  count={shown.count}
                  day={index > 0 && previous === undefined ? undefined : dayBefore(message, previous, now)}
                  isContinuation={previous?.past === true && message.past !== true}
                  doing={undefined}
                  isMarked={false}
                />
              )}
              footer={<div className="pb-6" />}
            />
          )}
        </div>
        <RawDialog message={raw} onClose={() => setRaw(undefined)} />
        <FileDialog sessionId={session.sessionId} file={file} onClose={() => setFile(undefined)} />
      </div>
    </ConversationContext>
  );
}

/** It was begun later. */
export function NotYet({ session, asOf }: { session: SessionDetail; asOf: number }) {
  return (
    <div className="flex h-full min-w-0 flex-col">
      <PastBar session={session} asOf={asOf} />
      <Nothing />
    </div>
  );
}

function Nothing() {
  return (
    <p className="px-4 py-10 text-center text-14 text-ink-muted">
      There was nothing in it yet at that moment.
    </p>
  );
}

/** Which moment it is, another one to choose, and the way back. */
function PastBar({ session, asOf }: { session: SessionDetail; asOf: number }) {
  const navigate = useNavigate();
  const [latest] = useState(() => momentText(Date.now()));
  const goTo = (moment: number | undefined) => {
    if (moment === undefined) return;
    navigate({
      to: "/app/chat/$threadId",
      params: { threadId: session.sessionId },
      search: { at: moment },
      replace: true,
    }).catch(() => {
      // The address stays as it is.
    });
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-hairline bg-amber-tint px-4 py-2 text-14 md:px-6">
      <p className="min-w-0 flex-1 max-md:basis-full">
        <span className="block truncate font-medium">
          {session.title === "" ? "Untitled" : session.title}
        </span>
        <span className="block text-13">As it was on {formatExactTime(asOf)}.</span>
      </p>
      <input
        type="datetime-local"
        aria-label="Moment"
        step={1}
        className={`${inputClass} w-auto!`}
        defaultValue={momentText(asOf)}
        max={latest}
        onChange={(event) => goTo(momentOf(event.target.value))}
      />
      <Link
        to="/app/chat/$threadId"
        params={{ threadId: session.sessionId }}
        className="text-accent-ink underline underline-offset-2"
      >
        Back to now
      </Link>
    </div>
  );
}
