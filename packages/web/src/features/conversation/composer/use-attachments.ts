import { useCallback, useEffect, useRef, useState } from "react";
import { sendFile, type Attachment } from "./attachments.ts";

let lastKey = 0;

/** The files that go with the next message. */
export function useAttachments() {
  const [attachments, setAttachments] = useState<readonly Attachment[]>([]);
  const running = useRef(new Map<string, AbortController>());

  const change = useCallback((key: string, patch: Partial<Attachment>) => {
    setAttachments((all) => all.map((one) => (one.key === key ? { ...one, ...patch } : one)));
  }, []);

  const add = useCallback(
    (files: Iterable<File>) => {
      for (const file of files) {
        lastKey += 1;
        const key = String(lastKey);
        const controller = new AbortController();
        running.current.set(key, controller);
        setAttachments((all) => [...all, { key, name: file.name, size: file.size, progress: 0 }]);
        sendFile(file, (progress) => change(key, { progress }), controller.signal)
          .then(
            (uploaded) => change(key, { uploaded, progress: 1 }),
            (error: unknown) =>
              change(key, { problem: error instanceof Error ? error.message : "It could not be sent." }),
          )
          .finally(() => running.current.delete(key))
          .then(undefined, () => change(key, { problem: "It could not be sent." }));
      }
    },
    [change],
  );

  const remove = useCallback((key: string) => {
    running.current.get(key)?.abort();
    setAttachments((all) => all.filter((one) => one.key !== key));
  }, []);

  const clear = useCallback(() => setAttachments([]), []);
  /** Puts files back whose message could not be sent. */
  const bringBack = useCallback(
    (former: readonly Attachment[]) => setAttachments((all) => [...former, ...all]),
    [],
  );

  useEffect(() => {
    const held = running.current;
    return () => {
      for (const controller of held.values()) controller.abort();
    };
  }, []);

  return { attachments, add, remove, clear, bringBack };
}
