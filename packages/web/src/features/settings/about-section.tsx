import { useQuery } from "@tanstack/react-query";
import { health } from "../../api/settings.ts";
import { modifierName } from "../../ui/modifier-key.ts";

const shortcuts: readonly (readonly [string, string])[] = [
  [`${modifierName} K`, "Find a conversation, a runtime or a command"],
  [`${modifierName} Shift O`, "New conversation"],
  [`${modifierName} B`, "Fold or unfold the sidebar"],
  ["↑ ↓ Home End", "Walk the sidebar"],
  ["← →", "Close or open a year or a month in the sidebar"],
  ["F2", "Rename the conversation in the sidebar"],
  ["Del", "Delete the conversation in the sidebar; it can be restored"],
  ["F8", "Go to the newest notice"],
  ["Esc", "Close what is open"],
];

/** Version, licence and the keys. */
export function AboutSection() {
  const { data } = useQuery(health());
  return (
    <div className="flex flex-col gap-8">
      <dl className="grid max-w-md grid-cols-[8rem_1fr] gap-y-1.5 text-14">
        <dt className="text-ink-muted">Version</dt>
        <dd className="tabular">{data?.version ?? "…"}</dd>
        <dt className="text-ink-muted">Environment</dt>
        <dd>{data?.environment ?? "…"}</dd>
        <dt className="text-ink-muted">Licence</dt>
        <dd>MIT</dd>
        <dt className="text-ink-muted">Interface</dt>
        <dd>
          <a href="/api/docs" className="text-accent-ink underline underline-offset-2">
            What programs can ask of it
          </a>
        </dd>
      </dl>
      <section aria-labelledby="keys">
        <h2 id="keys" className="mb-2 text-14 font-semibold">
          Keys
        </h2>
        <dl className="max-w-xl divide-y divide-hairline border-y border-hairline text-14">
          {shortcuts.map(([keys, does]) => (
            <div key={keys} className="grid grid-cols-[9rem_1fr] gap-3 py-2">
              <dt>
                <kbd className="rounded-control border border-hairline bg-sunk px-1.5 py-0.5 font-sans text-13">
                  {keys}
                </kbd>
              </dt>
              <dd className="text-ink-soft">{does}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}
