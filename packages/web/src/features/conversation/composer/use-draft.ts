import type { SessionDetail } from "@chatty/server/api";
import { useCallback, useEffect, useRef, useState } from "react";
import { putDraft } from "../../../api/sessions.ts";
import { useLatest } from "../use-latest.ts";

const saveAfterMs = 750;
/** After this long without a key, what another tab wrote is shown. */
const typingMs = 3000;

/**
 * What is being written, kept on the server: found again after a refresh and in other tabs. While one types, what comes from another
 * tab does not touch it.
 */
export function useDraft(session: SessionDetail) {
  const { sessionId, draft } = session;
  const [text, setShown] = useState(draft?.text ?? "");
  const [isUnsaved, setUnsaved] = useState(false);
  const kept = useRef(draft?.text ?? "");
  const pending = useRef<{ text: string; timer: ReturnType<typeof setTimeout> }>(undefined);
  const typedAt = useRef(0);

  const save = useCallback(
    (value: string) => {
      kept.current = value;
      putDraft(sessionId, { text: value }).then(
        () => setUnsaved(false),
        // It stays in the field and is sent with the next key; the composer says that it is not kept yet.
        () => setUnsaved(true),
      );
    },
    [sessionId],
  );
  const flush = useCallback(() => {
    const held = pending.current;
    if (held === undefined) return;
    clearTimeout(held.timer);
    pending.current = undefined;
    save(held.text);
  }, [save]);

  const setText = useCallback(
    (value: string) => {
      setShown(value);
      typedAt.current = Date.now();
      if (pending.current !== undefined) clearTimeout(pending.current.timer);
      pending.current = { text: value, timer: setTimeout(flush, saveAfterMs) };
    },
    [flush],
  );

  const fromElsewhere = draft?.text ?? "";
  useEffect(() => {
    if (fromElsewhere === kept.current) return undefined;
    const take = () => {
      if (pending.current !== undefined) return;
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
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("pagehide", flush);
      flush();
    };
  }, [flush]);

  /** Empties it at once: it was sent. */
  const clear = useCallback(() => {
    if (pending.current !== undefined) clearTimeout(pending.current.timer);
    pending.current = undefined;
    setShown("");
    save("");
  }, [save]);

  const shown = useLatest(text);
  /** Puts a text back that could not be sent, before what was typed since. */
  const bringBack = useCallback(
    (value: string) => setText(shown.current === "" ? value : `${value}\n${shown.current}`),
    [setText, shown],
  );

  return { text, setText, clear, bringBack, isUnsaved };
}
