import type { Runtime } from "@chatty/server/api";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { describeError } from "../../api/client.ts";
import { queryKeys } from "../../api/query-keys.ts";
import { removeRuntime, renameRuntime, restoreRuntime } from "../../api/runtimes.ts";
import { showProblem, showToast } from "../../ui/toast-store.ts";

/** Changes of runtimes. None throws; each says what came of it. */
export interface RuntimeChanges {
  rename: (runtime: Runtime, name: string) => Promise<void>;
  remove: (runtime: Runtime) => Promise<void>;
  restore: (runtime: Runtime) => Promise<void>;
}

export function useRuntimeChanges(): RuntimeChanges {
  const client = useQueryClient();
  return useMemo(() => {
    const tell = async (work: () => Promise<unknown>): Promise<boolean> => {
      try {
        await work();
        await client.invalidateQueries({ queryKey: queryKeys.runtimes });
        return true;
      } catch (error) {
        showProblem(describeError(error));
        return false;
      }
    };
    const changes: RuntimeChanges = {
      rename: async (runtime, name) => {
        await tell(() => renameRuntime(runtime.runtimeId, name));
      },
      remove: async (runtime) => {
        if (!(await tell(() => removeRuntime(runtime.runtimeId)))) return;
        showToast({
          message: `${runtime.name} was removed.`,
          action: {
            label: "Undo",
            onAct: () => {
              changes.restore(runtime).catch(() => {
                // Told where it happened.
              });
            },
          },
        });
      },
      restore: async (runtime) => {
        if (await tell(() => restoreRuntime(runtime.runtimeId))) {
          showToast({ message: `${runtime.name} is back.` });
        }
      },
    };
    return changes;
  }, [client]);
}
