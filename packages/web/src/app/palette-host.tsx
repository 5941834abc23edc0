import type { SessionActions } from "../features/sidebar/session-actions.ts";
import type { Workspace } from "./use-workspace.ts";

interface PaletteHostProps {
  workspace: Workspace;
  actions: SessionActions;
  threadId: string | undefined;
  onClose: () => void;
}

export function PaletteHost(_props: PaletteHostProps) {
  return null;
}
