import type { SessionDetail } from "@chatty/server/api";
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError } from "../../../api/client.ts";
import { fetchDraft, putDraft } from "../../../api/sessions.ts";
import { useLatest } from "../use-latest.ts";
import { bothDrafts } from "./both-drafts.ts";
import { SaveRhythm, type SaveTimes } from "./save-rhythm.ts";

/** After this long without a key, what another tab wrote is shown. */
const typingMs = 3000;

/**
 * What is being written, kept on the server: found again after a refresh and in other tabs. While one types, what comes from another
 * tab does not touch it; when both typed, both texts stay.
 */
export function useDraft(session: SessionDetail, times: SaveTimes) {
  const { sessionId, draft } = session;
  const [text, setShown] = useState(draft?.text ?? "");
  const [isUnsaved, setUnsaved] = useState(false);
  /** What the server has, as far as this tab knows. */
  const kept = useRef(draft?.text ?? "");
  const typedAt = useRef(0);
  const shown = useLatest(text);
  const saving = useRef<Promise<void>>(Promise.resolve());
  /** What is on its way to the server; its event comes back before its answer now and then. */
  const sent = useRef<string>(undefined);
  const rhythm = useRef<SaveRhythm<string>>(undefined);

  /** One after the other: each names what it is written over. */
  const save = useCallback(
    (value: string) => {
      const keep = async () => {
        sent.current = value;
        try {
          await putDraft(sessionId, { text: value, base: kept.current });
          kept.current = value;
          setUnsaved(false);
        } catch (error) {
          if (error instanceof ApiError && error.code === "DRAFT_CHANGED") {
            const theirs = await fetchDraft(sessionId);
            kept.current = theirs;
            const both = bothDrafts(theirs, shown.current);
            setShown(both);
            rhythm.current?.changed(both);
            return;
          }
          throw error;
        } finally {
          sent.current = undefined;
        }
      };
      // What could not be kept stays in the field and is sent with the next key; the composer says that it is not kept yet.
      saving.current = saving.current.then(keep).catch(() => setUnsaved(true));
    },
    [sessionId, shown],
  );
  const { quietMs, mostMs } = times;
  const rhythmNow = useCallback(() => {
    rhythm.current ??= new SaveRhythm({ quietMs, mostMs }, save);
    return rhythm.current;
  }, [quietMs, mostMs, save]);
  useEffect(() => rhythm.current?.setTimes({ quietMs, mostMs }), [quietMs, mostMs]);
  const flush = useCallback(() => rhythm.current?.flush(), []);

  const setText = useCallback(
    (value: string) => {
      setShown(value);
      typedAt.current = Date.now();
      rhythmNow().changed(value);
    },
    [rhythmNow],
  );

  const fromElsewhere = draft?.text ?? "";
  useEffect(() => {
    if (fromElsewhere === kept.current) return undefined;
    const take = () => {
      if (rhythm.current?.isHeld === true || sent.current !== undefined) return;
      if (fromElsewhere === kept.current) return;
      kept.current = fromElsewhere;
      setShown(fromElsewhere);
    };
    const wait = typingMs - (Date.now() - typedAt.current);
    if (wait <= 0) {
      take();
      return undefined;
    }
    const timer = setTimeout(take, wait);
    return () => clearTimeout(timer);
  }, [fromElsewhere]);

  useEffect(() => {
    const onHidden = () => {
      if (document.visibilityState === "hidden") flush();
    };
    addEventListener("pagehide", flush);
    document.addEventListener("visibilitychange", onHidden);
    return () => {
      removeEventListener("pagehide", flush);
      document.removeEventListener("visibilitychange", onHidden);
      flush();
    };
  }, [flush]);

  /** Empties it at once: it was sent. */
  const clear = useCallback(() => {
    rhythm.current?.drop();
    setShown("");
    save("");
  }, [save]);

  /** Puts a text back that could not be sent, before what was typed since. */
  const bringBack = useCallback(
    (value: string) => setText(shown.current === "" ? value : `${value}\n${shown.current}`),
    [setText, shown],
  );

  return { text, setText, clear, bringBack, isUnsaved };
}
