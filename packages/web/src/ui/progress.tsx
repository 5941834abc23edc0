interface ProgressProps {
  label: string;
  /** From 0 to 1; undefined when it is not known how much there is. */
  fraction: number | undefined;
}

/** A thin line that fills. Its look is in app.css, because a progress element is styled by parts of its own. */
export function Progress({ label, fraction }: ProgressProps) {
  return (
    <progress
      aria-label={label}
      max={1}
      {...(fraction === undefined ? {} : { value: Math.min(1, Math.max(0, fraction)) })}
      className="progress-line"
    />
  );
}
