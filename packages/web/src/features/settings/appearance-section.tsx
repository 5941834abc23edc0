import type { SettingsPatch } from "@chatty/server/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { describeError } from "../../api/client.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { putSettings, settings } from "../../api/settings.ts";
import { ChoiceRow } from "../../ui/choice-row.tsx";
import { Field } from "../../ui/field.tsx";
import { modifierName } from "../../ui/modifier-key.ts";
import { Skeleton } from "../../ui/skeleton.tsx";
import { showProblem } from "../../ui/toast-store.ts";
import { run } from "./use-change.ts";

/** Theme, reading font and size. Shown at once, kept on the server, the same in every tab. */
export function AppearanceSection() {
  const client = useQueryClient();
  const { data } = useQuery(settings());
  if (data === undefined) return <Skeleton className="h-64" />;
  const put = async (patch: SettingsPatch) => {
    client.setQueryData(queryKeys.settings, { ...data, ...patch });
    try {
      client.setQueryData(queryKeys.settings, await putSettings(patch));
    } catch (error) {
      client.setQueryData(queryKeys.settings, data);
      showProblem(describeError(error));
    }
  };
  return (
    <div className="flex flex-col gap-7">
      <ChoiceRow
        label="Theme"
        value={data.theme}
        choices={[
          { value: "system", label: "As the system" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
        ]}
        onChange={(theme) => run(put({ theme }))}
      />
      <ChoiceRow
        label="Reading font"
        hint="For conversations. The rest of the page stays as it is."
        value={data.readingFont}
        choices={[
          { value: "sans", label: "Inter", className: "font-sans" },
          { value: "serif", label: "Source Serif", className: "font-serif" },
        ]}
        onChange={(readingFont) => run(put({ readingFont }))}
      />
      <Field label={`Reading size: ${data.readingSize} pixels`}>
        {(ids) => (
          <input
            {...ids}
            type="range"
            min={14}
            max={22}
            step={1}
            value={data.readingSize}
            onChange={(event) => run(put({ readingSize: event.target.valueAsNumber }))}
            className="h-6 w-64 max-w-full accent-(--accent) max-md:h-11"
          />
        )}
      </Field>
      <figure className="max-w-[70ch] rounded-card border border-hairline bg-raised p-5">
        <figcaption className="mb-2 text-12 text-ink-muted">How it reads</figcaption>
        <p className="font-reading text-(length:--reading-size) leading-[1.6]">
          The harbour was quiet that morning. We had talked about the boat for years, in notes and
          half-finished plans, and now it lay there with its keel in the mud, waiting for someone to begin.
        </p>
      </figure>
      <ChoiceRow
        label="Send with"
        value={data.sendWith}
        choices={[
          { value: "enter", label: "Enter" },
          { value: "mod-enter", label: `${modifierName} Enter` },
        ]}
        hint="The other one begins a new line."
        onChange={(sendWith) => run(put({ sendWith }))}
      />
    </div>
  );
}
