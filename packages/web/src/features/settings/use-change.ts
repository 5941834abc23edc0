import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useCallback } from "react";
import { describeError } from "../../api/client.ts";
import { showProblem, showToast } from "../../ui/toast-store.ts";

/** Runs a change, renews what is cached under a key, and says what came of it. Answers whether it was made; never throws. */
export function useChange(
  queryKey: QueryKey,
): (work: () => Promise<unknown>, done?: string) => Promise<boolean> {
  const client = useQueryClient();
  return useCallback(
    async (work, done) => {
      try {
        await work();
        await client.invalidateQueries({ queryKey });
        if (done !== undefined) showToast({ message: done });
        return true;
      } catch (error) {
        showProblem(describeError(error));
        return false;
      }
    },
    [client, queryKey],
  );
}

/** For handlers: the work says itself what came of it. */
export function run(work: Promise<unknown>): void {
  work.catch(() => {
    // Told where it happened.
  });
}
