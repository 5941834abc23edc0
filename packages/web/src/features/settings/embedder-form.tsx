import type { SearchEmbedder, SettingsPatch } from "@chatty/server/api";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { run } from "./use-change.ts";

interface EmbedderFormProps {
  kept: SearchEmbedder;
  hasKey: boolean;
  onSave: (patch: SettingsPatch) => Promise<boolean>;
}

const kinds = ["builtin", "builtin-fast", "ollama", "openai-compatible"] as const;
type Kind = (typeof kinds)[number];

const kindNames: Record<Kind, string> = {
  builtin: "The one that comes with Chatty; nothing leaves this machine",
  "builtin-fast": "The quick one that comes with Chatty; it understands less",
  ollama: "Ollama",
  "openai-compatible": "A server with an OpenAI-compatible address",
};

const usualAddress: Record<Kind, string> = {
  builtin: "",
  "builtin-fast": "",
  ollama: "http://127.0.0.1:11434",
  "openai-compatible": "http://127.0.0.1:8080/v1",
};

/** Which model reads for meaning, where it is, and its key. A key can be written and replaced, never read. */
export function EmbedderForm({ kept, hasKey, onSave }: EmbedderFormProps) {
  const server = typeof kept === "string" ? undefined : kept;
  const [kind, setKind] = useState<Kind>(typeof kept === "string" ? kept : kept.kind);
  const [baseUrl, setBaseUrl] = useState(server?.baseUrl ?? "");
  const [model, setModel] = useState(server?.model ?? "");
  const [key, setKey] = useState("");
  const [isSaving, setSaving] = useState(false);
  const isServer = kind === "ollama" || kind === "openai-compatible";
  const address = baseUrl.trim();
  const isSame =
    key === "" &&
    (isServer
      ? server?.kind === kind && server.baseUrl === address && server.model === model.trim()
      : kept === kind);
  const save = async () => {
    setSaving(true);
    await onSave({
      "search.embedder": isServer ? { kind, baseUrl: address, model: model.trim() } : kind,
      ...(isServer && key !== "" ? { "search.embedderKey": key } : {}),
    });
    setSaving(false);
  };
  return (
    <form
      className="flex w-full max-w-md flex-col gap-4"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        run(save());
      }}
    >
      <SelectField
        label="Read by"
        value={kind}
        onChange={(event) => setKind(kinds.find((known) => known === event.target.value) ?? kind)}
      >
        {kinds.map((known) => (
          <option key={known} value={known}>
            {kindNames[known]}
          </option>
        ))}
      </SelectField>
      {isServer && (
        <>
          <TextField
            label="Address"
            type="url"
            inputMode="url"
            required
            placeholder={usualAddress[kind]}
            hint="The text of your messages is sent there to be read."
            value={baseUrl}
            onChange={(event) => setBaseUrl(event.target.value)}
          />
          <TextField
            label="Model"
            required
            maxLength={200}
            placeholder={kind === "ollama" ? "nomic-embed-text" : "text-embedding-3-small"}
            value={model}
            onChange={(event) => setModel(event.target.value)}
          />
          <TextField
            label="Key"
            type="password"
            autoComplete="new-password"
            spellCheck={false}
            placeholder={hasKey ? "Kept; leave empty to keep it" : ""}
            hint="Stays on this machine and goes to this address only. It cannot be read here again."
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
        </>
      )}
      {!isSame && (
        <div>
          <Button
            tone="primary"
            type="submit"
            disabled={isSaving || (isServer && (address === "" || model.trim() === ""))}
          >
            Save
          </Button>
        </div>
      )}
    </form>
  );
}
