import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { runtimeList } from "../api/runtimes.ts";
import { DropZone } from "../features/imports/drop-zone.tsx";
import { FilePicker } from "../features/imports/file-picker.tsx";
import { importFiles } from "../features/imports/import-files.ts";
import { ImportInvitation } from "../features/imports/import-invitation.tsx";
import { JobCards } from "../features/imports/job-cards.tsx";
import { ShelfPage } from "../features/runtimes/shelf-page.tsx";
import { useDocumentTitle } from "../ui/use-document-title.ts";
import { useWorkspace } from "./use-workspace.ts";

const route = getRouteApi("/app");

export function DashboardRoute() {
  const { import: opensAtOnce = false } = route.useSearch();
  useDocumentTitle("Runtimes");
  const { data } = useQuery(runtimeList());
  const { openRuntime } = useWorkspace();
  return (
    <>
      <DropZone onFiles={importFiles} />
      <ShelfPage
        runtimes={data?.runtimes}
        onOpen={(runtimeId) => {
          openRuntime(runtimeId).catch(() => {
            // Told where it happened.
          });
        }}
        importButton={
          <FilePicker tone="primary" opensAtOnce={opensAtOnce} onFiles={importFiles}>
            Import an export
          </FilePicker>
        }
        importCards={<JobCards />}
        invitation={<ImportInvitation opensAtOnce={opensAtOnce} />}
      />
    </>
  );
}
