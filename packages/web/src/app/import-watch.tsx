export function ImportWatch(_props: { onDone: (threadId: string) => Promise<void> }) {
  return null;
}
