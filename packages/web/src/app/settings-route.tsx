import { getRouteApi } from "@tanstack/react-router";
import { AboutSection } from "../features/settings/about-section.tsx";
import { AppearanceSection } from "../features/settings/appearance-section.tsx";
import { ConstructsSection } from "../features/settings/constructs-section.tsx";
import { DataSection } from "../features/settings/data-section.tsx";
import { ProvidersSection } from "../features/settings/providers-section.tsx";
import { SearchSection } from "../features/settings/search-section.tsx";
import { sectionOf, sectionTitles, SettingsPage } from "../features/settings/settings-page.tsx";
import { useDocumentTitle } from "../ui/use-document-title.ts";
import { useWorkspace } from "./use-workspace.ts";

const route = getRouteApi("/app/settings/$section");

export function SettingsRoute() {
  const section = sectionOf(route.useParams().section);
  const { openRuntime } = useWorkspace();
  useDocumentTitle(sectionTitles[section]);
  return (
    <SettingsPage section={section}>
      {section === "providers" && <ProvidersSection />}
      {section === "appearance" && <AppearanceSection />}
      {section === "constructs" && (
        <ConstructsSection
          onOpenRuntime={(runtimeId) => {
            openRuntime(runtimeId).catch(() => {
              // Told where it happened.
            });
          }}
        />
      )}
      {section === "search" && <SearchSection />}
      {section === "data" && <DataSection />}
      {section === "about" && <AboutSection />}
    </SettingsPage>
  );
}
