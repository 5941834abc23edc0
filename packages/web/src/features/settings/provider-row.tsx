import type { Provider, ProviderTest } from "@chatty/server/api";
import { useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck } from "lucide-react";
import { useState } from "react";
import { describeError } from "../../api/client.ts";
import { testProvider } from "../../api/providers.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { Button } from "../../ui/button.tsx";
import { formatAmount, formatDuration } from "../../ui/format.ts";
import { run } from "./use-change.ts";

/** How each kind of provider is called. */
export const kindNames: Record<Provider["kind"], string> = {
  "openai-compatible": "OpenAI-compatible",
  openai: "OpenAI",
  anthropic: "Anthropic",
  google: "Google",
  builtin: "Built in",
};

interface ProviderRowProps {
  provider: Provider;
  onEdit: () => void;
  onRemove: () => void;
}

/** A provider with a button that tries it, and what came of the try. */
export function ProviderRow({ provider, onEdit, onRemove }: ProviderRowProps) {
  const client = useQueryClient();
  const [isTesting, setTesting] = useState(false);
  const [result, setResult] = useState<Pick<ProviderTest, "ok" | "message" | "hint"> & { tookMs?: number }>();
  const test = async () => {
    setTesting(true);
    setResult(undefined);
    try {
      setResult(await testProvider(provider.providerId));
      await client.invalidateQueries({ queryKey: queryKeys.providers });
    } catch (error) {
      const { message, hint } = describeError(error);
      setResult({ ok: false, message, ...(hint === undefined ? {} : { hint }) });
    } finally {
      setTesting(false);
    }
  };
  return (
    <li className="flex flex-col gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <div className="min-w-0 flex-1 basis-52">
          <p className="truncate font-medium">{provider.name}</p>
          <p className="truncate text-13 text-ink-muted">{factsOf(provider)}</p>
        </div>
        <Button aria-label={`Test ${provider.name}`} disabled={isTesting} onClick={() => run(test())}>
          {isTesting ? "Testing" : "Test"}
        </Button>
        {provider.kind !== "builtin" && (
          <>
            <Button tone="quiet" aria-label={`Edit ${provider.name}`} onClick={onEdit}>
              Edit
            </Button>
            <Button tone="quiet" aria-label={`Remove ${provider.name}`} onClick={onRemove}>
              Remove
            </Button>
          </>
        )}
      </div>
      <output aria-live="polite" className="block empty:hidden">
        {result !== undefined && (
          <span className="flex items-start gap-2 text-13">
            {result.ok ? (
              <CircleCheck size={16} aria-hidden className="mt-0.5 shrink-0 text-green" />
            ) : (
              <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-red" />
            )}
            <span className="min-w-0 break-words">
              {result.message}
              {result.hint !== undefined && <span className="text-ink-soft"> {result.hint}</span>}
              {result.ok && result.tookMs !== undefined && (
                <span className="tabular text-ink-muted"> {formatDuration(result.tookMs)}</span>
              )}
            </span>
          </span>
        )}
      </output>
    </li>
  );
}

function factsOf(provider: Provider): string {
  const facts = [kindNames[provider.kind]];
  if (provider.baseUrl !== undefined) facts.push(provider.baseUrl);
  if (provider.kind !== "builtin") facts.push(provider.hasKey ? "key kept" : "no key");
  facts.push(formatAmount(provider.models.length, "model"));
  if (!provider.enabled) facts.push("switched off");
  return facts.join(" · ");
}
