export interface Toast {
  id: number;
  message: string;
  /** What else a person should know; one sentence. */
  hint?: string | undefined;
  tone: "plain" | "problem";
  action?: { label: string; onAct: () => void } | undefined;
}

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function publish(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Says what was done, for a few seconds; with `action`, how to undo it. The three newest stay. */
export function showToast(toast: {
  message: string;
  hint?: string | undefined;
  action?: Toast["action"];
}): void {
  lastId += 1;
  publish([...toasts, { ...toast, id: lastId, tone: "plain" as const }].slice(-3));
}

/** Says what went wrong and what to do. */
export function showProblem(problem: { message: string; hint?: string | undefined }): void {
  lastId += 1;
  publish([...toasts, { ...problem, id: lastId, tone: "problem" as const }].slice(-3));
}

export function dismissToast(id: number): void {
  publish(toasts.filter((toast) => toast.id !== id));
}

export function currentToasts(): readonly Toast[] {
  return toasts;
}

export function onToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
