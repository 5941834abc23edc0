import type { TextRange } from "@chatty/model";
import { isFolded, messageBlocks, type Block, type DrawnMessage } from "../message-blocks.ts";

/** Names of the folds that hide the words in a message; each must be open before they can be seen. */
export function foldsWithWords(
  message: DrawnMessage & { id: string; hidden: boolean },
  marksIn: (text: string) => readonly TextRange[],
): string[] {
  const inside = messageBlocks(message).flatMap((block, index) => {
    const text = foldedText(block);
    return text !== undefined && marksIn(text).length > 0 ? [`${message.id} ${index}`] : [];
  });
  return isFolded(message) ? [`${message.id} all`, ...inside] : inside;
}

function foldedText(block: Block): string | undefined {
  switch (block.kind) {
    case "code":
    case "fold":
      return block.text;
    case "citations":
      return block.citations.map(({ title, url, text }) => [title, url, text].join("\n")).join("\n");
    case "text":
    case "files":
    case "error":
      return undefined;
  }
}
