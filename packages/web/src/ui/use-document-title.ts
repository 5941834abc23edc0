import { useEffect } from "react";

/** Names the tab after what it shows. */
export function useDocumentTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined || title === "" ? "Chatty" : `${title} · Chatty`;
  }, [title]);
}
