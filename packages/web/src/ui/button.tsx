import type { ComponentProps } from "react";
import { cx } from "./class-names.ts";

export type ButtonTone = "plain" | "primary" | "danger" | "quiet";

const tones: Record<ButtonTone, string> = {
  plain: "border border-hairline bg-raised text-ink hover:bg-hover active:bg-pressed",
  primary: "bg-accent text-on-accent hover:bg-accent-hover",
  danger: "bg-red text-paper hover:bg-red-hover",
  quiet: "text-ink-soft hover:bg-hover hover:text-ink active:bg-pressed",
};

export interface ButtonProps extends ComponentProps<"button"> {
  tone?: ButtonTone;
}

/** A button with a verb on it. */
export function Button({ tone = "plain", className, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={cx(
        "inline-flex h-8 shrink-0 items-center justify-center gap-2 rounded-control px-3 text-14 font-medium whitespace-nowrap",
        "transition-colors duration-120 disabled:opacity-50 max-md:h-11 max-md:px-4",
        tones[tone],
        className,
      )}
      {...rest}
    />
  );
}

export interface IconButtonProps extends ComponentProps<"button"> {
  /** Its name for those who cannot see the icon, and the tip for those who can. */
  label: string;
}

/** A square button with nothing but an icon. */
export function IconButton({ label, className, type = "button", ...rest }: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={cx(
        "inline-flex size-8 shrink-0 items-center justify-center rounded-control text-ink-muted",
        "transition-colors duration-120 hover:bg-hover hover:text-ink active:bg-pressed disabled:opacity-50 max-md:size-11",
        className,
      )}
      {...rest}
    />
  );
}
