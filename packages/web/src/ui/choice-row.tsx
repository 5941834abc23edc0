import { useId, type ReactNode } from "react";
import { cx } from "./class-names.ts";

interface ChoiceRowProps<T extends string> {
  label: string;
  hint?: ReactNode;
  value: T;
  choices: readonly { value: T; label: string; className?: string }[];
  onChange: (value: T) => void;
}

/** A few choices side by side, of which one is taken; arrow keys move between them. */
export function ChoiceRow<T extends string>({ label, hint, value, choices, onChange }: ChoiceRowProps<T>) {
  const name = useId();
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1 text-13 font-medium text-ink">{label}</legend>
      <div className="inline-flex w-fit flex-wrap rounded-control border border-hairline bg-sunk p-0.5">
        {choices.map((choice) => (
          <label
            key={choice.value}
            className={cx(
              "flex h-7 cursor-pointer items-center rounded-[5px] px-3 text-14 text-ink-soft select-none max-md:h-11",
              "has-checked:bg-raised has-checked:text-ink has-checked:shadow-[0_0_0_1px_var(--hairline)]",
              "has-focus-visible:outline-2 has-focus-visible:outline-focus",
              choice.className,
            )}
          >
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={choice.value === value}
              onChange={() => onChange(choice.value)}
              className="sr-only"
            />
            {choice.label}
          </label>
        ))}
      </div>
      {hint !== undefined && <p className="text-13 text-ink-muted">{hint}</p>}
    </fieldset>
  );
}
