import type { Runtime, SearchHit, SearchMode, SearchSort, Session } from "@chatty/server/api";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { Bookmark, House, MessageSquareText, Search, Star, TextSearch } from "lucide-react";
import { Dialog } from "radix-ui";
import { useState, type ReactNode } from "react";
import { savedSearches, topHits } from "../../api/search.ts";
import { sessionPages } from "../../api/sessions.ts";
import { formatDate } from "../../ui/format.ts";
import { OriginMark } from "../../ui/origin-mark.tsx";
import { useDebounced } from "../../ui/use-debounced.ts";
import { FoundMessages, hitValue } from "./found-messages.tsx";
import { matchesWords } from "./matches-words.ts";
import { Group, Item, PaletteIcon } from "./palette-rows.tsx";

/** Something that can be done from anywhere. */
export interface PaletteCommand {
  id: string;
  label: string;
  /** Further words it is found by. */
  words?: string;
  icon: ReactNode;
  hint?: string;
  onRun: () => void;
}

interface PaletteProps {
  commands: readonly PaletteCommand[];
  runtimes: readonly Runtime[];
  onOpenConversation: (threadId: string) => void;
  /** Opens a message that was found by these words. */
  onOpenHit: (hit: SearchHit, q: string) => void;
  /** Asks for everything, on a page of its own. */
  onSearch: (question: { q: string; mode?: SearchMode; sort?: SearchSort }) => void;
  onOpenRuntime: (runtimeId: string) => void;
  onClose: () => void;
}

const shownConversations = 20;
const shownRecent = 6;
const shownHits = 5;

/** One field for every conversation, runtime and command. Arrow keys choose, Enter goes, Escape closes. */
export function Palette(props: PaletteProps) {
  const { commands, runtimes, onOpenConversation, onOpenHit, onSearch, onOpenRuntime, onClose } = props;
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState("");
  const words = useDebounced(text.trim(), 90);
  const { data, isFetching } = useInfiniteQuery({
    ...sessionPages({
      ...(words === "" ? { limit: shownRecent } : { limit: shownConversations, title: words }),
    }),
    placeholderData: keepPreviousData,
  });
  const sessions = data?.pages[0]?.sessions ?? [];
  const { data: found, isFetching: isSearching } = useQuery({
    ...topHits(words, shownHits),
    enabled: words !== "",
  });
  const hits = words === "" ? [] : (found?.hits ?? []).filter((hit) => hit.messageId !== null);
  const { data: savedData } = useQuery(savedSearches());
  const saved = (savedData?.searches ?? []).filter((search) =>
    matchesWords(`${search.name} ${search.query}`, text),
  );
  const shownCommands = commands.filter((command) =>
    matchesWords(`${command.label} ${command.words ?? ""}`, text),
  );
  const shownRuntimes = runtimes.filter((runtime) => matchesWords(runtime.name, text));
  // What was found may come after the key: whatever is first then is chosen, unless a person moved on already.
  const values = [
    ...sessions.map((session) => session.sessionId),
    ...hits.map((hit) => hitValue(hit)),
    ...(text.trim() === "" ? [] : ["search"]),
    ...saved.map((search) => `saved ${search.searchId}`),
    ...shownRuntimes.map((runtime) => `runtime ${runtime.runtimeId}`),
    ...shownCommands.map((command) => `command ${command.id}`),
  ];
  const go = (work: () => void) => {
    onClose();
    work();
  };
  const list = (
    <Command.List className="max-h-[min(60dvh,440px)] overflow-y-auto overscroll-contain p-1.5">
      <Command.Empty className="px-3 py-6 text-center text-14 text-ink-muted">
        {isFetching || isSearching || words !== text.trim() ? "Looking" : "Nothing has these words."}
      </Command.Empty>
      {sessions.length > 0 && (
        <Group heading={words === "" ? "Recent conversations" : "Conversations"}>
          {sessions.map((session) => (
            <Item
              key={session.sessionId}
              value={session.sessionId}
              onSelect={() => go(() => onOpenConversation(threadOf(session)))}
            >
              <ConversationIcon session={session} />
              <span className="min-w-0 flex-1 truncate">
                {session.title.trim() === "" ? "Untitled conversation" : session.title}
              </span>
              <span className="tabular shrink-0 truncate text-12 text-ink-muted max-md:hidden">
                {placeOf(session, runtimes)}
              </span>
            </Item>
          ))}
        </Group>
      )}
      <FoundMessages hits={hits} onOpen={(hit) => go(() => onOpenHit(hit, words))} />
      {text.trim() !== "" && (
        <Item value="search" onSelect={() => go(() => onSearch({ q: text.trim() }))}>
          <PaletteIcon>
            <TextSearch size={16} />
          </PaletteIcon>
          <span className="min-w-0 flex-1 truncate">Search everything for “{text.trim()}”</span>
        </Item>
      )}
      {saved.length > 0 && (
        <Group heading="Saved searches">
          {saved.map(({ searchId, name, query, mode, sort }) => (
            <Item
              key={searchId}
              value={`saved ${searchId}`}
              onSelect={() =>
                go(() =>
                  onSearch({
                    q: query,
                    ...(mode === undefined ? {} : { mode }),
                    ...(sort === undefined ? {} : { sort }),
                  }),
                )
              }
            >
              <PaletteIcon>
                <Bookmark size={16} />
              </PaletteIcon>
              <span className="min-w-0 flex-1 truncate">{name}</span>
            </Item>
          ))}
        </Group>
      )}
      {shownRuntimes.length > 0 && (
        <Group heading="Runtimes">
          {shownRuntimes.map((runtime) => (
            <Item
              key={runtime.runtimeId}
              value={`runtime ${runtime.runtimeId}`}
              onSelect={() => go(() => onOpenRuntime(runtime.runtimeId))}
            >
              <OriginMark origin={runtime} />
              <span className="min-w-0 flex-1 truncate">{runtime.name}</span>
              {runtime.active && <span className="text-12 text-ink-muted">Open now</span>}
            </Item>
          ))}
        </Group>
      )}
      <Commands commands={shownCommands} onGo={go} />
    </Command.List>
  );
  return (
    <Dialog.Root
      open
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12dvh] left-1/2 z-50 w-[calc(100vw-24px)] max-w-xl -translate-x-1/2 animate-appear overflow-hidden rounded-dialog border border-hairline bg-raised shadow-float max-md:top-3"
        >
          <Dialog.Title className="sr-only">Find anything</Dialog.Title>
          <Command
            label="Find anything"
            shouldFilter={false}
            loop
            value={values.includes(chosen) ? chosen : (values[0] ?? "")}
            onValueChange={setChosen}
          >
            <div className="flex items-center gap-2.5 border-b border-hairline px-4">
              <Search size={20} aria-hidden className="shrink-0 text-ink-muted" />
              <Command.Input
                value={text}
                onValueChange={(next) => {
                  setText(next);
                  setChosen("");
                }}
                placeholder="Conversations, messages, runtimes, commands"
                className="h-12 w-full bg-transparent text-16 text-ink outline-none"
              />
            </div>
            {list}
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Commands({
  commands,
  onGo,
}: {
  commands: readonly PaletteCommand[];
  onGo: (work: () => void) => void;
}) {
  if (commands.length === 0) return null;
  return (
    <Group heading="Commands">
      {commands.map((command) => (
        <Item key={command.id} value={`command ${command.id}`} onSelect={() => onGo(command.onRun)}>
          <span className="inline-flex size-6 items-center justify-center text-ink-muted">
            {command.icon}
          </span>
          <span className="min-w-0 flex-1 truncate">{command.label}</span>
          {command.hint !== undefined && (
            <kbd className="font-sans text-12 text-ink-muted">{command.hint}</kbd>
          )}
        </Item>
      ))}
    </Group>
  );
}

function ConversationIcon({ session }: { session: Session }) {
  const Icon = session.home ? House : session.starred ? Star : MessageSquareText;
  return (
    <PaletteIcon>
      <Icon size={16} />
    </PaletteIcon>
  );
}

function threadOf(session: Session): string {
  return session.home ? (session.aliases[0] ?? session.sessionId) : session.sessionId;
}

function placeOf(session: Session, runtimes: readonly Runtime[]): string {
  const name = runtimes.find((runtime) => runtime.runtimeId === session.runtimeId)?.name ?? session.runtimeId;
  const time = session.updatedAt ?? session.createdAt;
  return time === null ? name : `${name} · ${formatDate(time)}`;
}
