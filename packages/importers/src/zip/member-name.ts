import { crc32 } from "node:zlib";
import { limits } from "../limits.ts";
import { corruptArchive, refusedMember } from "./archive-errors.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The upper half of code page 437, which names without the UTF-8 flag are in when they are not UTF-8 after all. */
const codePage437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
  "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

const reservedName = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(?:\.|$)/i;

/**
 * Reads a member's name. macOS writes UTF-8 without saying so, therefore valid UTF-8 is taken as such whatever the
 * flag says; anything else without the flag is code page 437.
 */
export function decodeMemberName(
  archive: string,
  nameBytes: Uint8Array,
  isUtf8: boolean,
  unicodePath: Uint8Array | undefined,
): string {
  const plain = tryUtf8(nameBytes);
  if (isUtf8 && plain === undefined) {
    throw corruptArchive(archive, "a name says it is UTF-8 and is not", fromCodePage437(nameBytes));
  }
  const name = plain ?? fromCodePage437(nameBytes);
  if (unicodePath === undefined) return name;
  const better = readUnicodePath(unicodePath, nameBytes);
  if (better === undefined) return name;
  if (isUtf8 && better !== name) throw corruptArchive(archive, "it has two different names", name);
  return better;
}

/**
 * Checks a name and returns it for lookups: forward slashes, no empty segments, no leading `./`.
 * Names never become paths here; the rules keep what is shown, and what others do with it, harmless.
 * @throws {ChattyError} ARCHIVE_UNSAFE_NAME
 */
export function checkMemberName(archive: string, name: string): string {
  const refuse = (what: string): never => {
    throw refusedMember(
      "ARCHIVE_UNSAFE_NAME",
      archive,
      name,
      what,
      "Give the export exactly as it was downloaded; this archive was made or changed by something else.",
    );
  };
  if (name === "") refuse("is a name without characters");
  if (/\p{Cc}/u.test(name)) refuse("holds control characters");
  if (Buffer.byteLength(name) > limits.nameBytes) refuse("is too long a name");
  if (/^[/\\]/.test(name)) refuse("is an absolute path");
  if (/^[a-z]:/i.test(name)) refuse("names a drive");
  const segments = name
    .split(/[/\\]/)
    .filter((segment, index) => segment !== "" && !(index === 0 && segment === "."));
  for (const segment of segments) checkSegment(segment, refuse);
  return segments.join("/");
}

/** Two members with the same key are the same file to somebody: case, width and invisible characters do not count. */
export function memberKey(lookupName: string): string {
  return lookupName
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .toUpperCase()
    .toLowerCase();
}

function checkSegment(segment: string, refuse: (what: string) => never): void {
  if (segment === "." || segment === "..") refuse("leads out of its folder");
  const isUpload = /^file[-_]/.test(segment);
  const most = isUpload ? limits.uploadSegmentBytes : limits.segmentBytes;
  if (Buffer.byteLength(segment) > most) refuse("has too long a part");
  if (reservedName.test(segment)) refuse("uses a reserved device name");
  // Uploads carry the name their owner gave them, and people do use colons and final dots.
  if (isUpload) return;
  if (segment.includes(":")) refuse("holds a colon");
  if (/[. ]$/.test(segment)) refuse("has a part that ends in a dot or a space");
}

function tryUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function fromCodePage437(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte < 128 ? String.fromCharCode(byte) : codePage437.charAt(byte - 128);
  return text;
}

/** Info-ZIP's field: version 1, CRC of the plain name, the name in UTF-8. A stale one is ignored, as it must be. */
function readUnicodePath(field: Uint8Array, nameBytes: Uint8Array): string | undefined {
  if (field.length < 5 || field[0] !== 1) return undefined;
  const view = new DataView(field.buffer, field.byteOffset, field.byteLength);
  if (view.getUint32(1, true) !== crc32(nameBytes)) return undefined;
  return tryUtf8(field.subarray(5));
}
