import { KeyPathScanner } from "../json/key-paths.ts";
import { limits } from "../limits.ts";
import { isSettled, recogniseKeys } from "./shapes.ts";
import type { Recognised } from "./shapes.ts";

/** What the first bytes of a file turned out to be. */
export type RecognisedBytes =
  | Recognised
  | { kind: "chatgpt-html" }
  | { kind: "wrong-encoding"; encoding: string }
  | { kind: "empty" };

const sliceBytes = 1 << 16;
const headBytes = 1 << 20;

/** Recognises a file by what is in it; its name plays no part. Reads no more than it takes. */
export async function recogniseBytes(
  chunks: AsyncIterable<Uint8Array>,
): Promise<RecognisedBytes | undefined> {
  let head: Buffer = Buffer.alloc(0);
  let scanner: KeyPathScanner | undefined;
  let seen = 0;
  for await (const chunk of chunks) {
    seen += chunk.length;
    if (scanner === undefined) {
      head = Buffer.concat([head, chunk]);
      if (head.length < 4096 && seen < 4096 && isJsonStart(head) === undefined) continue;
      if (isJsonStart(head) !== true) {
        if (!isMarkup(head) || head.length >= headBytes) return recogniseOther(head);
        continue;
      }
      scanner = new KeyPathScanner();
      if (feed(scanner, head)) break;
    } else if (feed(scanner, chunk)) {
      break;
    }
    if (seen > limits.sniffBytes) break;
  }
  if (scanner !== undefined) return recogniseKeys(scanner.paths);
  return recogniseOther(head);
}

/** True when the scanner has seen enough. */
function feed(scanner: KeyPathScanner, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += sliceBytes) {
    scanner.push(bytes.subarray(at, at + sliceBytes));
    if (scanner.isFull || isSettled(recogniseKeys(scanner.paths), scanner.paths)) return true;
  }
  return false;
}

/** Undefined while there is only white space. */
function isJsonStart(head: Buffer): boolean | undefined {
  const start = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  for (let at = start; at < head.length; at += 1) {
    const byte = head[at];
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
    return (byte === 0x5b || byte === 0x7b) && wideEncoding(head) === undefined;
  }
  return undefined;
}

function isMarkup(head: Buffer): boolean {
  return /^\ufeff?\s*<(?:!|html|head|meta|script)/i.test(head.toString("utf8", 0, 200));
}

function recogniseOther(head: Buffer): RecognisedBytes | undefined {
  if (head.length === 0) return { kind: "empty" };
  const encoding = wideEncoding(head);
  if (encoding !== undefined) return { kind: "wrong-encoding", encoding };
  const text = head.toString("latin1");
  if (text.startsWith("\u0089PNG") && /(?:chara|ccv3)\0/i.test(text))
    return { kind: "foreign", vendor: "character card" };
  if (text.startsWith("SQLite format 3\0")) return { kind: "foreign", vendor: "SQLite database" };
  if (isMarkup(head)) {
    if (/var jsonData\s*=/.test(text)) return { kind: "chatgpt-html" };
    if (text.includes("outer-cell") && text.includes("mdl-")) {
      return { kind: "foreign", vendor: "Google My Activity (HTML)" };
    }
  }
  const firstLine = text
    .replace(/^\u00ef\u00bb\u00bf/, "")
    .split(/\r?\n/, 1)[0]
    ?.replaceAll('"', "");
  if (firstLine !== undefined && copilotHeaders.has(firstLine))
    return { kind: "foreign", vendor: "Microsoft Copilot" };
  return undefined;
}

const copilotHeaders: ReadonlySet<string> = new Set([
  "Conversation,Time,Author,Message",
  "CreatedAt,MessageContent,Author,ChatName",
  "Timestamp,ClientApp,Prompt",
]);

/** A mark, or zeros where the other halves of ASCII characters would be. One stray zero is damage, not an encoding. */
function wideEncoding(head: Buffer): string | undefined {
  const [a, b, c, d] = head;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return "UTF-16";
  const zeros = [a, b, c, d].map((byte) => (byte === 0 ? "0" : "x")).join("");
  if (zeros === "x000" || zeros === "000x") return "UTF-32";
  return zeros === "x0x0" || zeros === "0x0x" ? "UTF-16" : undefined;
}
