import type { ReactNode } from "react";

interface StatePageProps {
  title: string;
  children: ReactNode;
  /** Read out at once: something went wrong. */
  isAlert?: boolean;
}

/** A page that has nothing to show but a state: not found, failed, empty. Says what happened, what is safe and what to do. */
export function StatePage({ title, children, isAlert = false }: StatePageProps) {
  return (
    <div className="flex h-full items-center justify-center p-6" role={isAlert ? "alert" : undefined}>
      <div className="flex max-w-md flex-col items-start gap-3 text-ink-soft">
        <h1 className="text-20 font-semibold text-ink">{title}</h1>
        {children}
      </div>
    </div>
  );
}
