const mark = "[key]";

/** Shapes of keys of known makers, also half masked as some providers quote them. */
const knownShapes = [
  /\b(?:sk|rk|pk|gsk|xai|hf|r8|nvapi)[-_][\w*.…-]{6,}/g,
  /\bAIza[\w*-]{10,}/g,
  /\bBearer\s+[\w.~+/*-]{8,}=*/gi,
];

/**
 * Makes a function that takes the key out of any text, however a provider may have quoted it: as it is, in upper or lower case,
 * in a URL, in JSON, in Base64, and in the shapes of well-known makers. A key too short to be told from ordinary words makes the
 * whole text unusable: then nothing of it is kept.
 */
export function createRedactor(secret: string | undefined): (text: string) => string {
  const spellings = secret === undefined ? [] : spellingsOf(secret);
  const tooShort = secret !== undefined && secret.length > 0 && secret.length < 4;
  return (text) => {
    if (tooShort) return mark;
    let clean = text;
    for (const spelling of spellings) clean = replaceAllOf(clean, spelling);
    for (const shape of knownShapes) clean = clean.replace(shape, mark);
    return clean;
  };
}

function spellingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  const base64 = bytes.toString("base64");
  const all = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
  ];
  return [...new Set(all)].filter((text) => text !== "").sort((a, b) => b.length - a.length);
}

function replaceAllOf(text: string, spelling: string): string {
  const literal = spelling.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.replace(new RegExp(literal, "gi"), mark);
}
