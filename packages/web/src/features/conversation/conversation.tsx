import type { Message, Outline, SessionDetail } from "@chatty/server/api";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowDown } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { request } from "../../api/client.ts";
import { formatDate } from "../../ui/format.ts";
import { showToast } from "../../ui/toast-store.ts";
import { useMedia } from "../../ui/use-media.ts";
import { FailureNotice } from "./answer-notices.tsx";
import { Composer } from "./composer/composer.tsx";
import { ContinueBar } from "./composer/continue-bar.tsx";
import { ConversationContext } from "./conversation-context.ts";
import { FileDialog, RawDialog } from "./conversation-dialogs.tsx";
import { ConversationHeader } from "./conversation-header.tsx";
import { DeletedBar } from "./conversation-states.tsx";
import { EmptyConversation } from "./empty-conversation.tsx";
import { foldsWithWords } from "./found/folds-with-words.ts";
import { FoundBar } from "./found/found-bar.tsx";
import { useFound, type Found } from "./found/use-found.ts";
import { doingWords } from "./live-answer.ts";
import { MessageList, type ListHandle } from "./message-list.tsx";
import { MessageRow } from "./message-row.tsx";
import { dayBefore } from "./message-times.ts";
import { OutlinePanel } from "./outline-panel.tsx";
import { createPlaceStore, usePlace, type PlaceStore } from "./place-store.ts";
import { PositionRail } from "./position-rail.tsx";
import { ContinuedLine } from "./row-lines.tsx";
import { shownPath } from "./shown-path.ts";
import { useConversationActions } from "./use-conversation-actions.ts";
import { useMessagePath, type Opened } from "./use-message-path.ts";
import { useSending } from "./use-sending.ts";
import { useSessionActions } from "./use-session-actions.ts";
import { useUndoKey } from "./use-undo-key.ts";
import { useView } from "./use-view.ts";

/** From this many messages on, the rail stands in for the browser's scrollbar and the outline is offered. */
const longFrom = 24;
/** Of a longer conversation the outline has only every n-th message: it is there when it is asked for. */
const outlineOpenUpTo = 2000;

interface ConversationProps {
  session: SessionDetail;
  opened: Opened;
  linkedId: string | undefined;
  /** The words that led here. */
  found?: Found | undefined;
}

/** An open conversation. */
export function Conversation({ session, opened, linkedId, found }: ConversationProps) {
  const { sessionId } = session;
  const [through, setThrough] = useState(opened.throughId);
  const [places] = useState(createPlaceStore);
  const [now] = useState(() => Date.now());
  const [isOutlineOpen, setOutlineOpen] = useState(() => opened.window.total <= outlineOpenUpTo);
  const list = useRef<ListHandle>(null);
  const [hidingFolds] = useState(() => {
    const linked = opened.window.messages.find(({ id }) => id === linkedId);
    return found === undefined || linked === undefined ? [] : foldsWithWords(linked, found.words.marksIn);
  });

  const path = useMessagePath(sessionId, through, opened);
  const sending = useSending({ session, path, through, setThrough });
  const shown = shownPath(path.loaded, sending.sent, sending.live);
  const sessionActions = useSessionActions(session);
  useUndoKey(sessionId, !session.imported);
  const { actions, raw, closeRaw, file, closeFile } = useConversationActions({
    session,
    sending,
    chooseBranch: setThrough,
    fork: sessionActions.fork,
    openFolds: hidingFolds,
  });
  const root = useRef<HTMLDivElement>(null);
  const matches = useFound({
    found,
    sessionId,
    linkedId,
    through,
    root,
    list,
    openFolds: actions.openFolds,
  });

  const { loaded } = path;
  useView(sessionId, through, places, (index) => loaded.at(index)?.id);

  useEffect(() => {
    if (!opened.isAnchorMissing || linkedId === undefined) return;
    showToast({
      message: "The linked message is not in this conversation.",
      hint: "It may have been deleted.",
    });
  }, [opened.isAnchorMissing, linkedId]);

  // One's own message is always looked at, wherever one was.
  const sentId = sending.sent?.id;
  useEffect(() => {
    if (sentId !== undefined) list.current?.toEnd();
  }, [sentId]);

  const isWide = useMedia("(min-width: 1200px)");
  const isLong = shown.count > longFrom;
  const entries = useOutline(sessionId, through, path.loaded.total, isLong && isWide && isOutlineOpen);
  const { liveIndex } = shown;
  const doing =
    sending.live === undefined || sending.live.done !== undefined ? undefined : doingWords(sending.live);
  const renderRow = (message: Message, previous: Message | undefined, index: number) => (
    <MessageRow
      message={message}
      index={index}
      count={shown.count}
      day={index > 0 && previous === undefined ? undefined : dayBefore(message, previous, now)}
      isContinuation={previous?.past === true && message.past !== true}
      doing={index === liveIndex ? doing : undefined}
      isMarked={message.id === (found === undefined ? linkedId : matches.current)}
    />
  );
  const isPastOnly = path.loaded.at(shown.count - 1)?.past === true;
  const isOutlineShown = isWide && isLong && isOutlineOpen;

  return (
    <ConversationContext value={actions}>
      <div ref={root} className="flex h-full min-w-0 flex-col">
        <ConversationHeader
          session={session}
          outline={
            isLong && isWide
              ? { isOpen: isOutlineOpen, toggle: () => setOutlineOpen(!isOutlineOpen) }
              : undefined
          }
        />
        {found !== undefined && (
          <FoundBar
            q={found.words.q}
            ids={matches.ids}
            isMore={matches.isMore}
            isTitle={matches.isTitle}
            current={matches.current}
            onStep={matches.step}
            onClose={found.onClose}
          />
        )}
        <div className="flex min-h-0 flex-1">
          <div className="flex min-w-0 flex-1 flex-col">
            <div className="relative min-h-0 flex-1">
              {shown.count === 0 ? (
                <div className="absolute inset-0 overflow-y-auto">
                  <EmptyConversation session={session} />
                </div>
              ) : (
                <MessageList
                  ref={list}
                  path={shown}
                  startIndex={opened.anchorIndex}
                  isLoading={path.isLoading}
                  isRailShown={isLong}
                  places={places}
                  onSee={path.see}
                  renderRow={renderRow}
                  footer={
                    <div className="pb-6">
                      {isPastOnly && <ContinuedLine />}
                      {sending.failed !== undefined && sending.live === undefined && (
                        <div className="mx-auto max-w-[744px] px-4 md:px-6">
                          <FailureNotice
                            failure={sending.failed.failure}
                            isAlert
                            onRetry={() => retry(sending.ask, sending.failed?.parentId ?? null)}
                          />
                        </div>
                      )}
                      {shown.isLiveElsewhere && typeof sending.live?.parentId === "string" && (
                        <LiveElsewhere onShow={() => setThrough(sending.live?.parentId ?? undefined)} />
                      )}
                      {!session.imported && <Continuations session={session} />}
                    </div>
                  }
                />
              )}
              {isLong && (
                <PositionRail
                  count={shown.count}
                  places={places}
                  entries={entries}
                  onMove={(index, align) => list.current?.toIndex(index, align)}
                  onWheel={(pixels) => list.current?.scrollBy(pixels)}
                  dateAt={(index) => dateOf(path.loaded.at(index)?.timestamp ?? nearestTime(entries, index))}
                />
              )}
              {shown.count > 0 && <ToNewest places={places} onGo={() => list.current?.toEnd()} />}
            </div>
            <Announcer text={sending.live?.done === undefined ? "" : announcement(sending.live.text)} />
            {session.deleted ? (
              <DeletedBar session={session} onRestore={sessionActions.restore} />
            ) : session.imported ? (
              <ContinueBar session={session} onContinue={() => sessionActions.fork()} />
            ) : (
              <Composer
                session={session}
                isGenerating={sending.isBusy}
                onSend={sending.send}
                onStop={sending.stop}
              />
            )}
          </div>
          {isOutlineShown && (
            <div className="w-56 shrink-0 border-l border-hairline">
              <OutlinePanel
                entries={entries}
                places={places}
                onGo={(index) => list.current?.toIndex(index, "start")}
              />
            </div>
          )}
        </div>
        <RawDialog message={raw} onClose={closeRaw} />
        <FileDialog sessionId={sessionId} file={file} onClose={closeFile} />
      </div>
    </ConversationContext>
  );
}

function retry(ask: ReturnType<typeof useSending>["ask"], parentId: string | null): Promise<void> {
  return ask(parentId, parentId === null ? {} : { parentId });
}

function fetchOutline(sessionId: string, through: string | undefined, signal: AbortSignal): Promise<Outline> {
  return request(`/api/sessions/${encodeURIComponent(sessionId)}/outline`, { query: { through }, signal });
}

const noEntries: Outline["entries"] = [];

/** Asked for anew as the conversation grows, for very long ones only now and then: it holds every message of the person. */
function useOutline(
  sessionId: string,
  through: string | undefined,
  total: number,
  isWanted: boolean,
): Outline["entries"] {
  const step = total > 2000 ? Math.floor(total / 50) : total;
  const { data } = useQuery({
    queryKey: ["outline", sessionId, through, step] as const,
    queryFn: ({ signal }) => fetchOutline(sessionId, through, signal),
    enabled: isWanted,
    staleTime: 60_000,
    gcTime: 10_000,
    placeholderData: keepPreviousData,
  });
  return data?.entries ?? noEntries;
}

function nearestTime(entries: Outline["entries"], index: number): number | undefined {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.index ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return entries[Math.max(0, low - 1)]?.timestamp;
}

function dateOf(timestamp: number | undefined): string {
  return timestamp === undefined ? "" : formatDate(timestamp);
}

function ToNewest({ places, onGo }: { places: PlaceStore; onGo: () => void }) {
  const isAtEnd = usePlace(places, (place) => place.isAtEnd);
  if (isAtEnd) return null;
  return (
    <button
      type="button"
      onClick={onGo}
      className="absolute bottom-3 left-1/2 z-10 inline-flex h-8 -translate-x-1/2 animate-appear items-center gap-1.5 rounded-full border border-hairline bg-raised px-3 text-13 text-ink-soft shadow-float hover:text-ink max-md:h-11 max-md:px-4"
    >
      <ArrowDown size={14} aria-hidden />
      To the newest
    </button>
  );
}

function LiveElsewhere({ onShow }: { onShow: () => void }) {
  return (
    <p className="mx-auto max-w-[744px] px-4 py-2 text-13 text-ink-muted md:px-6">
      An answer is being written on another branch.{" "}
      <button type="button" onClick={onShow} className="text-accent-ink underline underline-offset-2">
        Show it
      </button>
    </p>
  );
}

function Continuations({ session }: { session: SessionDetail }) {
  if (session.forks.length === 0) return null;
  return (
    <p className="mx-auto max-w-[744px] px-4 pt-2 text-12 text-ink-muted md:px-6">
      Also continued in{" "}
      {session.forks.map((fork, index) => (
        <span key={fork.sessionId}>
          {index > 0 && ", "}
          <Link
            to="/app/chat/$threadId"
            params={{ threadId: fork.sessionId }}
            className="text-ink-soft underline underline-offset-2 hover:text-ink"
          >
            {fork.title === "" ? "Untitled" : fork.title}
          </Link>
        </span>
      ))}
    </p>
  );
}

/** Says that an answer is there, once it is; not every word on the way. */
function Announcer({ text }: { text: string }) {
  const [said, setSaid] = useState("");
  if (text !== "" && text !== said) setSaid(text);
  return <output className="sr-only">{said}</output>;
}

function announcement(text: string): string {
  const start = text.slice(0, 280);
  return start === ""
    ? "The answer ended without words."
    : `Answer: ${start}${text.length > start.length ? "…" : ""}`;
}
