/** A mood of a conversation, as a word and emoji. */
export interface Vibe {
  vibe: string;
  emoji: string[];
  /** Words that speak for it, as they were found; empty where nothing does. */
  why: string[];
}

interface Mood {
  vibe: string;
  emoji: string;
  /** Alternatives of a regular expression in lower case, over all languages. */
  words: string;
}

/**
 * A small lexicon: words that are seldom said in another mood. It says what a text sounds like and nothing about a person. Of equals the
 * first counts.
 */
const moods: readonly Mood[] = [
  {
    vibe: "grateful",
    emoji: "🙏",
    words:
      "thanks|thank you|grateful|appreciate|lifesaver|danke|vielen dank|dankbar|merci|gracias|grazie|obrigad[oa]|bedankt|谢谢|感谢|ありがとう",
  },
  {
    vibe: "frustrated",
    emoji: "😤",
    words:
      "frustrat(?:ed|ing)|annoy(?:ed|ing)|ugh|argh|still (?:doesn't|does not|not) work(?:ing)?|again\\?!|why (?:won't|doesn't)|nervt|ärger(?:lich|t)|verdammt|mist|énervant|agaçant|zut|molesto|harto|frustrante|frustrato|uffa|irritado|vervelend|烦死|气死|イライラ|むかつく",
  },
  {
    vibe: "worried",
    emoji: "😟",
    words:
      "worried|anxious|afraid|scared|nervous|overwhelmed|besorgt|angst|sorge(?:n)?|überfordert|inquiet|inquiète|peur|preocupad[oa]|miedo|preoccupat[oa]|paura|preocupado|medo|bezorgd|bang|担心|害怕|心配|不安",
  },
  {
    vibe: "sad",
    emoji: "😔",
    words:
      "sad|lonely|grie(?:f|ving)|heartbroken|crying|miss (?:her|him|them)|traurig|einsam|trauer|triste|seule?|tristeza|solo|soledad|triste|sozinh[oa]|verdrietig|eenzaam|难过|伤心|悲しい|寂しい",
  },
  {
    vibe: "excited",
    emoji: "🎉",
    words:
      "excited|amazing|awesome|can't wait|fantastic|wow|yay|großartig|super toll|freue mich|wahnsinn|génial|incroyable|hâte|increíble|genial|emocionad[oa]|fantastico|fantástico|geweldig|太棒了|好激动|すごい|楽しみ",
  },
  {
    vibe: "playful",
    emoji: "😄",
    words:
      "haha+|hehe+|lol|rofl|just kidding|funny|joke|witzig|lustig|spaß|mdr|ptdr|drôle|jaja+|divertid[oa]|scherzo|kkkk+|grappig|哈哈+|笑死|笑笑|ウケる|(?<![a-z])w{3,}",
  },
  {
    vibe: "friendly",
    emoji: "👋",
    words:
      "hello|hi|hey|hi there|nice to (?:meet|see|hear)|how are you|hallo|guten (?:morgen|tag|abend)|moin|schön(?:,| dich)|bonjour|salut|hola|ciao|buongiorno|olá|bom dia|hoi|goedemorgen|你好|您好|こんにちは|おはよう",
  },
  {
    vibe: "curious",
    emoji: "🤔",
    words:
      "curious|wonder(?:ing)?|how does|why does|why is|what is|what are|explain|interesting|neugierig|frage mich|warum|wieso|wie funktioniert|was ist|interessant|curieux|pourquoi|comment fonctionne|qu'est-ce que|por qué|cómo funciona|qué es|perché|come funziona|cos'è|por que|como funciona|waarom|hoe werkt|为什么|什么是|怎么|なぜ|どうして|とは",
  },
  {
    vibe: "focused",
    emoji: "🛠️",
    words:
      "function|error|code|test|deploy|config|database|script|refactor|compile|stack trace|implement|fix|draft|outline|table|steps?|schedule|budget|entwurf|schritt(?:e)?|tabelle|fehler|umsetzen|étape|tableau|brouillon|paso|tabla|borrador|passo|tabella|bozza|stap|代码|步骤|表格|コード|手順|表",
  },
];

const calm: Vibe = { vibe: "calm", emoji: ["🙂"], why: [] };

/** Text beyond this is not looked through. UTF-16 units. */
const mostLooked = 20_000;
const mostWords = 3;

const expressions = moods.map((mood) => ({
  mood,
  expression: new RegExp(`(?<![a-zà-öø-ÿ\\p{N}])(?:${mood.words})(?![a-zà-öø-ÿ\\p{N}])`, "gu"),
}));

/**
 * The vibe of what was said: the mood for which the most words speak. @param texts of one conversation, the first first; the person's own
 * words should come before the answers, since only the beginning of all of it is looked through.
 */
export function vibeOf(texts: readonly string[]): Vibe {
  const looked = texts.join("\n").slice(0, mostLooked).toLowerCase().replaceAll("’", "'");
  let best = calm;
  let most = 0;
  for (const { mood, expression } of expressions) {
    const words = [...looked.matchAll(expression)].map(([word]) => word);
    if (words.length <= most) continue;
    most = words.length;
    best = { vibe: mood.vibe, emoji: [mood.emoji], why: [...new Set(words)].slice(0, mostWords) };
  }
  return best;
}
