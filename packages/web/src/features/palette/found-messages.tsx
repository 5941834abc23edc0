import type { SearchHit } from "@chatty/server/api";
import { Quote } from "lucide-react";
import { formatDate } from "../../ui/format.ts";
import { MarkedText } from "../../ui/marked-text.tsx";
import { Group, Item, PaletteIcon } from "./palette-rows.tsx";

/** What the line of a hit is known by among all lines. */
export function hitValue(hit: SearchHit): string {
  return `hit ${hit.sessionId} ${hit.messageId ?? ""} ${hit.field}`;
}

interface FoundMessagesProps {
  hits: readonly SearchHit[];
  onOpen: (hit: SearchHit) => void;
}

/** The best few messages that have the words. */
export function FoundMessages({ hits, onOpen }: FoundMessagesProps) {
  if (hits.length === 0) return null;
  return (
    <Group heading="Messages">
      {hits.map((hit) => (
        <Item key={hitValue(hit)} value={hitValue(hit)} onSelect={() => onOpen(hit)}>
          <PaletteIcon>
            <Quote size={16} />
          </PaletteIcon>
          <span className="min-w-0 flex-1 py-1">
            <span className="block truncate">
              <MarkedText text={hit.snippet} marks={hit.marks} lead={32} />
            </span>
            <span className="tabular block truncate text-12 text-ink-muted">
              {hit.title.trim() === "" ? "Untitled conversation" : hit.title}
              {hit.timestamp !== undefined && ` · ${formatDate(hit.timestamp)}`}
            </span>
          </span>
        </Item>
      ))}
    </Group>
  );
}
