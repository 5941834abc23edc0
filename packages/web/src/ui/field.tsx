import { useId, type ComponentProps, type ReactNode } from "react";
import { cx } from "./class-names.ts";

export const inputClass =
  "w-full rounded-control border border-control-line/60 bg-paper px-2.5 py-1.5 text-14 text-ink " +
  "hover:border-control-line disabled:opacity-60 max-md:py-2.5 max-md:text-16";

interface FieldProps {
  label: string;
  /** What to enter, or what it does; one sentence. */
  hint?: ReactNode;
  error?: string | undefined;
  children: (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode;
}

/** A labelled control with its hint and its error. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const hasNote = hint !== undefined || error !== undefined;
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-13 font-medium text-ink">
        {label}
      </label>
      {children({
        id,
        ...(hasNote ? { "aria-describedby": `${id}-note` } : {}),
        ...(error === undefined ? {} : { "aria-invalid": true as const }),
      })}
      {hasNote && (
        <p id={`${id}-note`} className={cx("text-13", error === undefined ? "text-ink-muted" : "text-red")}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps extends Omit<ComponentProps<"input">, "id"> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
}

export function TextField({ label, hint, error, className, ...rest }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => <input {...ids} {...rest} className={cx(inputClass, className)} />}
    </Field>
  );
}

interface TextAreaFieldProps extends Omit<ComponentProps<"textarea">, "id"> {
  label: string;
  hint?: ReactNode;
}

export function TextAreaField({ label, hint, className, ...rest }: TextAreaFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => <textarea {...ids} {...rest} className={cx(inputClass, "resize-y leading-6", className)} />}
    </Field>
  );
}

interface SelectFieldProps extends Omit<ComponentProps<"select">, "id"> {
  label: string;
  hint?: ReactNode;
}

/** The system's own list of choices: it works everywhere, on phones best. */
export function SelectField({ label, hint, className, ...rest }: SelectFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => <select {...ids} {...rest} className={cx(inputClass, "h-9 max-md:h-11", className)} />}
    </Field>
  );
}
