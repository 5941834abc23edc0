import type { Settings } from "@chatty/server/api";
import { useQuery } from "@tanstack/react-query";
import { queryKeys } from "../../api/query-keys.ts";
import { runtimeList } from "../../api/runtimes.ts";
import { putSettings } from "../../api/settings.ts";
import { ChoiceRow } from "../../ui/choice-row.tsx";
import { run, useChange } from "./use-change.ts";

type Reach = "off" | "here" | "everywhere";

/** Whether models are given what earlier conversations say, and from which runtimes. */
export function RecallPart({ known }: { known: Settings }) {
  const change = useChange(queryKeys.settings);
  const runtimes = useQuery(runtimeList()).data?.runtimes ?? [];
  const except = known["recall.exceptRuntimes"];
  const reach: Reach = !known["recall.on"] ? "off" : known["recall.elsewhere"] ? "everywhere" : "here";
  return (
    <section aria-labelledby="recall" className="flex max-w-[70ch] flex-col items-start gap-4">
      <h2 id="recall" className="text-14 font-semibold">
        Recall
      </h2>
      <ChoiceRow<Reach>
        label="Give models what earlier conversations say"
        hint="With each message a few passages that fit it are sent along as quotations, and shown under the answer. What was deleted, archived or hidden never is. A conversation can have a switch of its own."
        value={reach}
        choices={[
          { value: "off", label: "Never" },
          { value: "here", label: "On this machine" },
          { value: "everywhere", label: "Every model" },
        ]}
        onChange={(value) =>
          run(
            change(() =>
              putSettings({
                "recall.on": value !== "off",
                ...(value === "off" ? {} : { "recall.elsewhere": value === "everywhere" }),
              }),
            ),
          )
        }
      />
      {reach !== "off" && runtimes.length > 0 && (
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 text-13 font-medium text-ink">Recall from</legend>
          {runtimes.map(({ runtimeId, name }) => (
            <label key={runtimeId} className="flex min-h-8 items-center gap-2 text-14 max-md:min-h-11">
              <input
                type="checkbox"
                checked={!except.includes(runtimeId)}
                onChange={(event) => {
                  const others = except.filter((id) => id !== runtimeId);
                  const next = event.target.checked ? others : [...others, runtimeId];
                  run(change(() => putSettings({ "recall.exceptRuntimes": next })));
                }}
                className="size-4 accent-accent"
              />
              {name}
            </label>
          ))}
        </fieldset>
      )}
    </section>
  );
}
