/** Lets only so many rows be drawn in one frame, so that none takes long however fast one scrolls. */
export interface RowGate {
  /** True when the row may be drawn at once. */
  take: () => boolean;
  /** Calls back in a later frame, when it is the row's turn. Ends with the function that is returned. */
  wait: (onTurn: () => void) => () => void;
  /** From now on rows have to wait; before, all are drawn at once: what is opened is there as a whole. */
  close: () => void;
}

/**
 * @param nextFrame calls back before the next frame is drawn
 * @param perFrame how many rows a frame may draw
 */
export function createRowGate(nextFrame: (callback: () => void) => void, perFrame: number): RowGate {
  const waiting = new Set<() => void>();
  let isOpen = true;
  let left = perFrame;
  let isPlanned = false;

  const plan = () => {
    if (isPlanned) return;
    isPlanned = true;
    nextFrame(() => {
      isPlanned = false;
      left = perFrame;
      for (const onTurn of waiting) {
        if (left === 0) break;
        left -= 1;
        waiting.delete(onTurn);
        onTurn();
      }
      if (waiting.size > 0) plan();
    });
  };

  return {
    take: () => {
      if (isOpen) return true;
      plan();
      if (left === 0) return false;
      left -= 1;
      return true;
    },
    wait: (onTurn) => {
      waiting.add(onTurn);
      plan();
      return () => {
        waiting.delete(onTurn);
      };
    },
    close: () => {
      isOpen = false;
    },
  };
}
