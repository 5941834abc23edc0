import type { Message } from "@chatty/server/api";
import { useNavigate } from "@tanstack/react-router";
import {
  Braces,
  Copy,
  Ellipsis,
  GitFork,
  Link2,
  Pencil,
  RefreshCw,
  Sparkles,
  SpellCheck,
  Text,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { IconButton } from "../../ui/button.tsx";
import { Menu, MenuItem, MenuLine } from "../../ui/menu.tsx";
import { showProblem, showToast } from "../../ui/toast-store.ts";
import { canChange, useConversation } from "./conversation-context.ts";
import { markdownOf } from "./message-blocks.ts";

interface MessageMenuProps {
  message: Message;
  /** The pointer or the focus is within the message. */
  isNear: boolean;
  /** The rendered words, for copying without marks. */
  readText: () => string;
  onEdit: () => void;
  onCorrect: () => void;
}

/** What can be done with a message: the two nearest acts as buttons, all of them in a menu. */
export function MessageMenu({ message, isNear, readText, onEdit, onCorrect }: MessageMenuProps) {
  const actions = useConversation();
  const navigate = useNavigate();
  const isChangeable = canChange(actions, message);
  const [isOpen, setOpen] = useState(false);
  // A menu for every message would be heavy: it is made when it is first asked for.
  const [isMade, setMade] = useState(false);
  const trigger = (
    <IconButton
      label="More about this message"
      aria-haspopup="menu"
      onClick={
        isMade
          ? undefined
          : () => {
              setMade(true);
              setOpen(true);
            }
      }
    >
      <Ellipsis size={16} aria-hidden />
    </IconButton>
  );
  return (
    <div className="flex items-center opacity-0 transition-opacity duration-120 group-focus-within/message:opacity-100 group-hover/message:opacity-100 has-[[data-state=open]]:opacity-100 coarse:opacity-100">
      {isNear && <NearestActs message={message} isChangeable={isChangeable} onEdit={onEdit} />}
      {isMade ? (
        <Menu trigger={trigger} align="end" isOpen={isOpen} onOpenChange={setOpen}>
          <MenuItem icon={<Text size={16} />} onSelect={() => copy(readText(), "Copied as text.")}>
            Copy text
          </MenuItem>
          <MenuItem
            icon={<Copy size={16} />}
            onSelect={() => copy(markdownOf(message), "Copied as Markdown.")}
          >
            Copy as Markdown
          </MenuItem>
          <MenuItem icon={<Link2 size={16} />} onSelect={() => run(actions.copyLink(message))}>
            Copy link
          </MenuItem>
          <MenuLine />
          {isChangeable && message.role === "user" && (
            <MenuItem icon={<Pencil size={16} />} onSelect={onEdit}>
              Edit and send again
            </MenuItem>
          )}
          {isChangeable && message.role === "assistant" && (
            <MenuItem icon={<RefreshCw size={16} />} onSelect={() => run(actions.regenerate(message))}>
              Answer anew
            </MenuItem>
          )}
          {isChangeable && (
            <MenuItem icon={<SpellCheck size={16} />} onSelect={onCorrect}>
              Correct the text
            </MenuItem>
          )}
          <MenuItem
            icon={<Sparkles size={16} />}
            onSelect={() =>
              run(
                navigate({
                  to: "/app/search",
                  search: { like: `${actions.session().sessionId}/${message.id}` },
                }),
              )
            }
          >
            More like this
          </MenuItem>
          {actions.asOf === undefined && (
            <MenuItem icon={<GitFork size={16} />} onSelect={() => run(actions.forkAt(message))}>
              {actions.session().imported ? "Continue from here" : "Fork from here"}
            </MenuItem>
          )}
          <MenuItem icon={<Braces size={16} />} onSelect={() => actions.showRaw(message)}>
            Show raw
          </MenuItem>
          {isChangeable && (
            <>
              <MenuLine />
              <MenuItem icon={<Trash2 size={16} />} isDanger onSelect={() => run(actions.remove(message))}>
                Delete
              </MenuItem>
            </>
          )}
        </Menu>
      ) : (
        trigger
      )}
    </div>
  );
}

interface NearestActsProps {
  message: Message;
  isChangeable: boolean;
  onEdit: () => void;
}

function NearestActs({ message, isChangeable, onEdit }: NearestActsProps) {
  const actions = useConversation();
  return (
    <>
      {isChangeable && message.role === "user" && (
        <IconButton label="Edit and send again" onClick={onEdit} className="max-md:hidden">
          <Pencil size={16} aria-hidden />
        </IconButton>
      )}
      {isChangeable && message.role === "assistant" && (
        <IconButton
          label="Answer anew"
          onClick={() => run(actions.regenerate(message))}
          className="max-md:hidden"
        >
          <RefreshCw size={16} aria-hidden />
        </IconButton>
      )}
      <IconButton label="Copy" onClick={() => copy(markdownOf(message), "Copied.")} className="max-md:hidden">
        <Copy size={16} aria-hidden />
      </IconButton>
    </>
  );
}

/** The actions tell the person themselves when they fail; there is nothing more to do here. */
function run(act: Promise<unknown>): void {
  act.then(undefined, () => showProblem({ message: "That did not work.", hint: "Try again in a moment." }));
}

function copy(text: string, said: string): void {
  navigator.clipboard.writeText(text).then(
    () => showToast({ message: said }),
    () =>
      showProblem({
        message: "The browser did not allow copying.",
        hint: "Select the text and copy it by hand.",
      }),
  );
}
