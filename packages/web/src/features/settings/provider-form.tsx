import type { Provider, ProviderDraft } from "@chatty/server/api";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { kindNames } from "./provider-row.tsx";
import { run } from "./use-change.ts";

interface ProviderFormProps {
  /** Absent for a new one. */
  provider: Provider | undefined;
  onSave: (draft: ProviderDraft) => Promise<void>;
  onCancel: () => void;
}

const kinds = ["openai-compatible", "openai", "anthropic", "google"] as const;

/** Name, kind, address and key of a provider. A key can be written and replaced, never read. */
export function ProviderForm({ provider, onSave, onCancel }: ProviderFormProps) {
  const [kind, setKind] = useState<Provider["kind"]>(provider?.kind ?? "openai");
  const [name, setName] = useState(provider?.name ?? "");
  const [baseUrl, setBaseUrl] = useState(provider?.baseUrl ?? "");
  const [key, setKey] = useState("");
  const [forgetsKey, setForgetsKey] = useState(false);
  const [enabled, setEnabled] = useState(provider?.enabled ?? true);
  const [isSaving, setSaving] = useState(false);
  const needsAddress = kind === "openai-compatible";
  const shownName = name.trim() === "" ? kindNames[kind] : name.trim();
  const address = baseUrl.trim();
  const movesOrigin =
    provider?.hasKey === true && key === "" && originOf(address) !== originOf(provider.baseUrl ?? "");
  const save = async () => {
    setSaving(true);
    await onSave({
      kind,
      name: shownName,
      enabled,
      ...(address === "" ? {} : { baseUrl: address }),
      ...(key !== "" ? { key } : forgetsKey ? { key: "" } : {}),
    });
    setSaving(false);
  };
  return (
    <form
      className="flex flex-col gap-4 pb-3"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        run(save());
      }}
    >
      <SelectField
        label="Kind"
        value={kind}
        onChange={(event) => setKind(kinds.find((known) => known === event.target.value) ?? kind)}
      >
        {kinds.map((known) => (
          <option key={known} value={known}>
            {kindNames[known]}
          </option>
        ))}
      </SelectField>
      <TextField
        label="Name"
        placeholder={kindNames[kind]}
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label={needsAddress ? "Address" : "Address (only if it is not the usual one)"}
        type="url"
        inputMode="url"
        placeholder={needsAddress ? "http://127.0.0.1:11434/v1" : ""}
        required={needsAddress}
        value={baseUrl}
        onChange={(event) => setBaseUrl(event.target.value)}
      />
      <TextField
        label="Key"
        type="password"
        autoComplete="new-password"
        spellCheck={false}
        placeholder={provider?.hasKey === true ? "Kept; leave empty to keep it" : ""}
        hint={
          movesOrigin
            ? "The key is bound to its address. With another address it must be given again."
            : "Stays on this machine and goes to this address only. It cannot be read here again."
        }
        value={key}
        onChange={(event) => setKey(event.target.value)}
      />
      {provider?.hasKey === true && key === "" && (
        <label className="flex items-center gap-2 text-14 max-md:min-h-11">
          <input
            type="checkbox"
            checked={forgetsKey}
            onChange={(event) => setForgetsKey(event.target.checked)}
            className="size-4 accent-(--accent)"
          />
          Forget the key
        </label>
      )}
      <label className="flex items-center gap-2 text-14 max-md:min-h-11">
        <input
          type="checkbox"
          checked={enabled}
          onChange={(event) => setEnabled(event.target.checked)}
          className="size-4 accent-(--accent)"
        />
        Offer its models
      </label>
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button tone="primary" type="submit" disabled={isSaving || (needsAddress && address === "")}>
          {provider === undefined ? "Add" : "Save"}
        </Button>
      </div>
    </form>
  );
}

function originOf(address: string): string {
  return URL.parse(address)?.origin ?? "";
}
