import { useLayoutEffect, useRef, type RefObject } from "react";

/** The value as it was drawn last, for callbacks that stay the same while it changes. Not to be read while drawing. */
export function useLatest<T>(value: T): RefObject<T> {
  const latest = useRef(value);
  useLayoutEffect(() => {
    latest.current = value;
  });
  return latest;
}
