import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

/** Parts of the settings, as they stand in addresses. */
export const settingsSections = ["providers", "appearance", "constructs", "search", "data", "about"] as const;
export type SettingsSection = (typeof settingsSections)[number];

export const sectionTitles: Record<SettingsSection, string> = {
  providers: "Providers and models",
  appearance: "Appearance",
  constructs: "Constructs",
  search: "Search",
  data: "Data",
  about: "About",
};

/** The section that an address names; the first for anything unknown. */
export function sectionOf(text: string): SettingsSection {
  return settingsSections.find((section) => section === text) ?? "providers";
}

interface SettingsPageProps {
  section: SettingsSection;
  children: ReactNode;
}

/** Settings: the list of parts on the left, one of them on the right. */
export function SettingsPage({ section, children }: SettingsPageProps) {
  return (
    <div className="relative h-full overflow-y-auto">
      <div className="mx-auto flex max-w-4xl gap-10 px-6 py-8 max-md:flex-col max-md:gap-4 max-md:px-4 max-md:py-5">
        <nav aria-label="Settings" className="w-48 shrink-0 max-md:w-full">
          <ul className="sticky top-8 flex flex-col gap-0.5 max-md:static max-md:flex-row max-md:flex-wrap">
            {settingsSections.map((name) => (
              <li key={name}>
                <Link
                  to="/app/settings/$section"
                  params={{ section: name }}
                  className="flex h-8 items-center rounded-control px-2.5 text-14 whitespace-nowrap text-ink-soft hover:bg-hover hover:text-ink aria-[current=page]:bg-selected aria-[current=page]:font-medium aria-[current=page]:text-ink max-md:h-11"
                >
                  {sectionTitles[name]}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="min-w-0 flex-1 pb-12">
          <h1 className="mb-5 text-26 font-semibold">{sectionTitles[section]}</h1>
          {children}
        </div>
      </div>
    </div>
  );
}
