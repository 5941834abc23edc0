import { useEffect, useState } from "react";
import { useConnection } from "../api/events.ts";

const patienceMs = 1500;

/** A quiet line while the server is away. A blink of the connection is not worth a word. */
export function ConnectionLine() {
  const connection = useConnection();
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(connection === "lost"), connection === "lost" ? patienceMs : 0);
    return () => clearTimeout(timer);
  }, [connection]);
  return (
    <output className="block" aria-live="polite">
      {isShown && (
        <span className="block bg-amber-tint px-4 py-1.5 text-center text-13 text-ink">
          Chatty is away. What you see is kept; this page goes on by itself when it is back.
        </span>
      )}
    </output>
  );
}
