import type { SessionDetail } from "@chatty/server/api";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { queryKeys } from "../../api/query-keys.ts";
import { putView } from "../../api/sessions.ts";
import type { PlaceStore } from "./place-store.ts";
import { useLatest } from "./use-latest.ts";

const saveAfterMs = 1000;

/**
 * Keeps where this person is on the server, so that the conversation opens there next time. At the end no message is named: then it
 * opens at the newest one.
 */
export function useView(
  sessionId: string,
  throughId: string | undefined,
  places: PlaceStore,
  idAt: (index: number) => string | undefined,
): void {
  const client = useQueryClient();
  const latest = useLatest({ throughId, idAt });
  const saved = useRef<string>(undefined);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const save = () => {
      timer = undefined;
      const place = places.get();
      const { throughId: through, idAt: find } = latest.current;
      const anchorId = place.isAtEnd ? undefined : find(Math.floor(place.first));
      const view = {
        ...(anchorId === undefined ? {} : { anchorId }),
        ...(through === undefined ? {} : { throughId: through }),
      };
      const text = JSON.stringify(view);
      if (text === saved.current) return;
      const isFirst = saved.current === undefined;
      saved.current = text;
      // What was opened is not a change yet.
      if (isFirst && anchorId === undefined && through === undefined) return;
      for (const [key, detail] of client.getQueriesData<SessionDetail>({
        queryKey: queryKeys.sessionDetails,
      })) {
        if (detail?.sessionId === sessionId) client.setQueryData(key, { ...detail, view });
      }
      putView(sessionId, view).then(undefined, () => {
        // Not worth a word to the person: the next move saves it again.
        saved.current = "";
      });
    };
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(save, saveAfterMs);
    };
    const now = () => {
      if (timer === undefined) return;
      clearTimeout(timer);
      save();
    };
    later();
    const stop = places.subscribe(later);
    addEventListener("pagehide", now);
    return () => {
      stop();
      removeEventListener("pagehide", now);
      now();
    };
  }, [client, sessionId, throughId, places, latest]);
}
