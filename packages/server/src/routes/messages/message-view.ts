import type { MessageView, WindowMessage } from "@chatty/store";
import type { Message } from "../../api/messages.ts";

/** One message of a window. */
export function messageFromWindow(message: WindowMessage): Message {
  const { index, siblings, past } = message;
  return {
    ...messageFromView(message),
    index,
    siblings: { position: siblings.position, ids: siblings.ids },
    ...(past === undefined ? {} : { past }),
  };
}

/** A message by itself: without its place on a path. */
export function messageFromView(view: MessageView): Omit<Message, "index" | "siblings" | "past"> {
  const { timestamp, model, author, sourceId, runtimeId, constructId, revisions, partial, flags, metadata } =
    view;
  return {
    id: view.id,
    parentId: view.parentId,
    role: view.role,
    content: view.content,
    ...(timestamp === undefined ? {} : { timestamp }),
    timestampSource: view.timestampSource,
    ...(model === undefined ? {} : { model }),
    ...(author === undefined ? {} : { author }),
    hidden: view.hidden,
    parts: view.parts,
    ...(sourceId === undefined ? {} : { sourceId }),
    ...(runtimeId === undefined ? {} : { runtimeId }),
    ...(constructId === undefined ? {} : { constructId }),
    ...(revisions === undefined ? {} : { revisions }),
    ...(partial === undefined ? {} : { partial }),
    ...(flags === undefined ? {} : { flags }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}
