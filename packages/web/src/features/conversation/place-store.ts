import { useSyncExternalStore } from "react";

/** Where the reader is. */
export interface Place {
  /** Index at the top of the view, with the part of that message above it as a fraction. */
  first: number;
  /** How many messages the view holds. */
  seen: number;
  isAtEnd: boolean;
}

/** Tells rail, outline and buttons where the reader is, without drawing the messages anew at every step. */
export interface PlaceStore {
  get: () => Place;
  set: (place: Place) => void;
  subscribe: (listener: () => void) => () => void;
}

export function createPlaceStore(): PlaceStore {
  let place: Place = { first: 0, seen: 1, isAtEnd: true };
  const listeners = new Set<() => void>();
  return {
    get: () => place,
    set: (next) => {
      if (next.first === place.first && next.seen === place.seen && next.isAtEnd === place.isAtEnd) return;
      place = next;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** A value made from the place; drawn anew only when that value changes. */
export function usePlace<T>(store: PlaceStore, select: (place: Place) => T): T {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
