import type { SessionDetail } from "@chatty/server/api";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { describeError } from "../../../api/client.ts";
import { Button } from "../../../ui/button.tsx";
import { showProblem } from "../../../ui/toast-store.ts";

interface ContinueBarProps {
  session: SessionDetail;
  onContinue: () => Promise<void>;
}

/** In place of the composer: what was imported is not written to, and is continued in a conversation of its own. */
export function ContinueBar({ session, onContinue }: ContinueBarProps) {
  const [isBusy, setBusy] = useState(false);
  const begin = () => {
    setBusy(true);
    onContinue().then(
      () => setBusy(false),
      (error: unknown) => {
        setBusy(false);
        showProblem(describeError(error));
      },
    );
  };
  const newest = session.forks.at(-1);
  return (
    <div className="border-t border-hairline bg-sunk">
      <div className="mx-auto flex w-full max-w-[744px] flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 md:px-6">
        <div className="min-w-56 flex-1">
          <p className="text-14 text-ink">Read-only history. Continue here with any model.</p>
          {newest !== undefined && (
            <p className="text-13 text-ink-muted">
              Already continued in{" "}
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
          )}
        </div>
        <Button tone="primary" onClick={begin} disabled={isBusy}>
          Continue here
        </Button>
      </div>
    </div>
  );
}
