import type { Gpt, ProviderList } from "@chatty/server/api";
import { ChevronDown } from "lucide-react";
import { Menu, MenuChoice, MenuLine } from "../../../ui/menu.tsx";

const triggerClass =
  "inline-flex h-8 min-w-0 max-w-56 items-center gap-1 rounded-control px-2 text-13 text-ink-soft hover:bg-hover hover:text-ink max-md:h-11";

/** One model that can answer, as `{providerId}/{model}`. */
export interface ModelChoice {
  id: string;
  name: string;
  provider: string;
}

/** Every model of every provider that is switched on. */
export function modelChoices(list: ProviderList | undefined): ModelChoice[] {
  return (list?.providers ?? [])
    .filter((provider) => provider.enabled)
    .flatMap((provider) =>
      provider.models.map((model) => ({
        id: `${provider.providerId}/${model.id}`,
        name: model.name ?? model.id,
        provider: provider.name,
      })),
    );
}

interface ModelPickerProps {
  models: readonly ModelChoice[];
  chosen: ModelChoice | undefined;
  onChoose: (model: ModelChoice) => void;
}

/** Which model answers. */
export function ModelPicker({ models, chosen, onChoose }: ModelPickerProps) {
  return (
    <Menu
      align="end"
      side="top"
      className="max-w-80"
      trigger={
        <button type="button" className={triggerClass} aria-label={`Model: ${chosen?.name ?? "none chosen"}`}>
          <span className="truncate">{chosen?.name ?? "Choose a model"}</span>
          <ChevronDown size={14} aria-hidden className="shrink-0" />
        </button>
      }
    >
      {models.map((model, index) => (
        <div key={model.id}>
          {model.provider !== models[index - 1]?.provider && (
            <>
              {index > 0 && <MenuLine />}
              <p className="px-2 pt-2 pb-1 text-12 text-ink-muted">{model.provider}</p>
            </>
          )}
          <MenuChoice isChosen={model.id === chosen?.id} onSelect={() => onChoose(model)}>
            {model.name}
          </MenuChoice>
        </div>
      ))}
    </Menu>
  );
}

interface AnswerAsPickerProps {
  constructs: readonly Gpt[];
  own: string;
  chosen: string | undefined;
  onChoose: (constructId: string | undefined) => void;
}

/** As whom the model answers: the conversation's own construct, or another one. */
export function AnswerAsPicker({ constructs, own, chosen, onChoose }: AnswerAsPickerProps) {
  const others = constructs.filter((one) => one.constructId !== own && one.active);
  if (others.length === 0) return null;
  const ownName = constructs.find((one) => one.constructId === own)?.name ?? own;
  const name = others.find((one) => one.constructId === chosen)?.name ?? ownName;
  return (
    <Menu
      align="end"
      side="top"
      trigger={
        <button type="button" className={triggerClass} aria-label={`Answer as ${name}`}>
          <span className="truncate">as {name}</span>
          <ChevronDown size={14} aria-hidden className="shrink-0" />
        </button>
      }
    >
      <MenuChoice isChosen={chosen === undefined} onSelect={() => onChoose(undefined)}>
        {ownName}
      </MenuChoice>
      <MenuLine />
      {others.map((one) => (
        <MenuChoice
          key={one.constructId}
          isChosen={one.constructId === chosen}
          onSelect={() => onChoose(one.constructId)}
        >
          {one.name}
        </MenuChoice>
      ))}
    </Menu>
  );
}
