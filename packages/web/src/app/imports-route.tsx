import { ImportsPage } from "../features/imports/imports-page.tsx";
import { useDocumentTitle } from "../ui/use-document-title.ts";
import { useWorkspace } from "./use-workspace.ts";

export function ImportsRoute() {
  useDocumentTitle("Imports");
  const { runtimes, openRuntime } = useWorkspace();
  return (
    <ImportsPage
      runtimes={runtimes}
      onOpenRuntime={(runtimeId) => {
        openRuntime(runtimeId).catch(() => {
          // Told where it happened.
        });
      }}
    />
  );
}
