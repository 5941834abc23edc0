import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck } from "lucide-react";
import { doctor } from "../../api/settings.ts";
import { Skeleton } from "../../ui/skeleton.tsx";

/** How the vault stands: what its opening mended, its disk, its permissions. What is wrong comes first. */
export function DoctorList() {
  const { data, error } = useQuery(doctor());
  if (error !== null) return <p className="text-14 text-ink-soft">{error.message}</p>;
  if (data === undefined) return <Skeleton className="h-32" />;
  const checks = data.checks.toSorted((a, b) => Number(a.ok) - Number(b.ok));
  return (
    <ul className="flex max-w-[70ch] flex-col gap-2">
      {checks.map((check) => (
        <li key={check.name} className="flex items-start gap-2 text-14">
          {check.ok ? (
            <CircleCheck size={16} aria-label="Good" className="mt-0.5 shrink-0 text-green" />
          ) : (
            <CircleAlert size={16} aria-label="Needs care" className="mt-0.5 shrink-0 text-red" />
          )}
          <span className="min-w-0 break-words">
            {check.message}
            {check.hint !== undefined && <span className="block text-ink-muted">{check.hint}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
