import { cx } from "./class-names.ts";

/** The shape of what is to come. Give it the size of the thing it stands for. */
export function Skeleton({ className }: { className: string }) {
  return <span aria-hidden className={cx("block animate-pulse rounded-control bg-pressed", className)} />;
}
