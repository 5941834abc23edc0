import type { Provider, ProviderDraft } from "@chatty/server/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, Server } from "lucide-react";
import { useState } from "react";
import { describeError } from "../../api/client.ts";
import { addProvider, providerList, putProvider, removeProvider } from "../../api/providers.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { putSettings, settings } from "../../api/settings.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { SelectField } from "../../ui/field.tsx";
import { formatAmount } from "../../ui/format.ts";
import { Skeleton } from "../../ui/skeleton.tsx";
import { showProblem } from "../../ui/toast-store.ts";
import { ProviderForm } from "./provider-form.tsx";
import { ProviderRow } from "./provider-row.tsx";
import { run, useChange } from "./use-change.ts";

/** Which models answer: the default one, the providers that have them, and servers found on this machine. */
export function ProvidersSection() {
  const { data, error, refetch } = useQuery(providerList());
  const change = useChange(queryKeys.providers);
  const [editing, setEditing] = useState<Provider | "new">();
  const [removing, setRemoving] = useState<Provider>();
  if (error !== null) {
    const { message, hint } = describeError(error);
    return (
      <div role="alert" className="flex flex-col items-start gap-2 rounded-card bg-amber-tint p-4">
        <p>{message}</p>
        {hint !== undefined && <p className="text-ink-soft">{hint}</p>}
        <Button onClick={() => run(refetch())}>Try again</Button>
      </div>
    );
  }
  if (data === undefined) return <Skeleton className="h-64" />;
  const save = async (draft: ProviderDraft) => {
    const work =
      editing === undefined || editing === "new"
        ? addProvider(draft)
        : putProvider(editing.providerId, draft);
    if (await change(() => work, editing === "new" ? `${draft.name} was added.` : "Saved."))
      setEditing(undefined);
  };
  return (
    <div className="flex flex-col gap-8">
      <DefaultModel providers={data.providers} />
      {data.found.length > 0 && (
        <section aria-labelledby="found-servers" className="flex flex-col gap-2">
          <h2 id="found-servers" className="text-14 font-semibold">
            Found on this machine
          </h2>
          <ul className="flex flex-col gap-2">
            {data.found.map((server) => (
              <li
                key={server.baseUrl}
                className="flex flex-wrap items-center gap-3 rounded-card border border-hairline bg-raised px-4 py-3"
              >
                <Server size={20} aria-hidden className="text-ink-muted" />
                <div className="min-w-0 flex-1">
                  <p className="font-medium">{server.name}</p>
                  <p className="truncate text-13 text-ink-muted">
                    {formatAmount(server.models.length, "model")} at {server.baseUrl}
                  </p>
                </div>
                <Button
                  tone="primary"
                  aria-label={`Use it: ${server.name}`}
                  onClick={() =>
                    run(
                      change(
                        () =>
                          addProvider({
                            kind: "openai-compatible",
                            name: server.name,
                            baseUrl: server.baseUrl,
                          }),
                        `${server.name} was added.`,
                      ),
                    )
                  }
                >
                  Use it
                </Button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="providers" className="flex flex-col gap-2">
        <div className="flex items-center gap-3">
          <h2 id="providers" className="flex-1 text-14 font-semibold">
            Providers
          </h2>
          <Button onClick={() => setEditing("new")}>
            <Plus size={16} aria-hidden />
            Add a provider
          </Button>
        </div>
        {data.providers.length === 0 ? (
          <p className="rounded-card border border-dashed border-control-line/60 bg-sunk p-5 text-14 text-ink-soft">
            No provider yet, so nothing can answer. Reading and searching work without one. Add a provider
            with its key, or start Ollama or LM Studio on this machine and it shows up here. With nothing else
            at hand, <code className="font-mono text-13">chatty model add</code> fetches a very small model.
          </p>
        ) : (
          <ul className="divide-y divide-hairline rounded-card border border-hairline bg-raised">
            {data.providers.map((provider) => (
              <ProviderRow
                key={provider.providerId}
                provider={provider}
                onEdit={() => setEditing(provider)}
                onRemove={() => setRemoving(provider)}
              />
            ))}
          </ul>
        )}
      </section>
      {editing !== undefined && (
        <Dialog
          isOpen
          onOpenChange={(isOpen) => {
            if (!isOpen) setEditing(undefined);
          }}
          title={editing === "new" ? "Add a provider" : `Edit ${editing.name}`}
        >
          <ProviderForm
            provider={editing === "new" ? undefined : editing}
            onSave={save}
            onCancel={() => setEditing(undefined)}
          />
        </Dialog>
      )}
      {removing !== undefined && (
        <Dialog
          isOpen
          onOpenChange={(isOpen) => {
            if (!isOpen) setRemoving(undefined);
          }}
          title={`Remove ${removing.name}?`}
          description={
            removing.hasKey
              ? "Its key is forgotten. Conversations and what its models said stay as they are."
              : "Conversations and what its models said stay as they are."
          }
          actions={
            <>
              <Button onClick={() => setRemoving(undefined)}>Keep it</Button>
              <Button
                tone="danger"
                onClick={() => {
                  setRemoving(undefined);
                  run(change(() => removeProvider(removing.providerId), `${removing.name} was removed.`));
                }}
              >
                Remove
              </Button>
            </>
          }
        />
      )}
    </div>
  );
}

function DefaultModel({ providers }: { providers: readonly Provider[] }) {
  const client = useQueryClient();
  const { data } = useQuery(settings());
  const withModels = providers.filter((provider) => provider.enabled && provider.models.length > 0);
  const chosen = data?.defaultModel ?? "";
  const isKnown = withModels.some((provider) =>
    provider.models.some((model) => `${provider.providerId}/${model.id}` === chosen),
  );
  return (
    <SelectField
      label="Default model"
      hint="For new answers. The composer can choose another for one conversation."
      className="max-w-sm"
      value={chosen}
      disabled={data === undefined}
      onChange={(event) => {
        const defaultModel = event.target.value === "" ? null : event.target.value;
        const put = async () => {
          try {
            client.setQueryData(queryKeys.settings, await putSettings({ defaultModel }));
          } catch (error) {
            showProblem(describeError(error));
          }
        };
        run(put());
      }}
    >
      <option value="">None chosen</option>
      {chosen !== "" && !isKnown && <option value={chosen}>{chosen} (not available now)</option>}
      {withModels.map((provider) => (
        <optgroup key={provider.providerId} label={provider.name}>
          {provider.models.map((model) => (
            <option key={model.id} value={`${provider.providerId}/${model.id}`}>
              {model.name ?? model.id}
            </option>
          ))}
        </optgroup>
      ))}
    </SelectField>
  );
}
