import type { SessionDetail } from "@chatty/server/api";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { ApiError, describeError } from "../../api/client.ts";
import { putSession } from "../../api/event-cache.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { patchSession } from "../../api/sessions.ts";
import { showProblem } from "../../ui/toast-store.ts";

/** The title, editable in place. Enter keeps it, Escape leaves it as it was; a change from elsewhere is not overwritten unseen. */
export function TitleField({ session }: { session: SessionDetail }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<{ text: string; revision: string }>();
  const isLeaving = useRef(false);

  const keep = async () => {
    if (draft === undefined) return;
    const title = draft.text.trim();
    setDraft(undefined);
    if (title === "" || title === session.title) return;
    try {
      putSession(client, await patchSession(session.sessionId, { title }, draft.revision));
    } catch (error) {
      const isConflict = error instanceof ApiError && error.status === 409;
      const told = describeError(error);
      showProblem(
        isConflict
          ? {
              message: "The conversation was changed elsewhere, so its title was not.",
              hint: `Look at the title as it is now. Yours was “${title}”.`,
            }
          : told,
      );
      await client.invalidateQueries({ queryKey: queryKeys.sessionDetails });
    }
  };

  return (
    <h1 className="min-w-0 flex-1">
      <input
        aria-label="Title of the conversation"
        value={draft?.text ?? session.title}
        placeholder="Untitled"
        maxLength={2000}
        spellCheck={draft !== undefined}
        onFocus={() => {
          isLeaving.current = false;
          setDraft({ text: session.title, revision: session.revision });
        }}
        onChange={(event) =>
          setDraft({ text: event.target.value, revision: draft?.revision ?? session.revision })
        }
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== "Escape") return;
          if (event.nativeEvent.isComposing) return;
          event.preventDefault();
          isLeaving.current = event.key === "Escape";
          event.currentTarget.blur();
        }}
        onBlur={() => {
          if (isLeaving.current) setDraft(undefined);
          else {
            keep().then(undefined, (error: unknown) => showProblem(describeError(error)));
          }
        }}
        className="w-full truncate rounded-control bg-transparent px-2 py-1 text-16 font-semibold text-ink hover:bg-hover focus:bg-paper"
      />
    </h1>
  );
}
