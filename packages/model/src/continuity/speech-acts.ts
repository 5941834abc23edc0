/** What is done with words; the sample topics of specification 003 are two of them. */
export type SpeechAct =
  | "Greeting"
  | "Farewell"
  | "Thanks"
  | "Question"
  | "Request"
  | "Plan"
  | "Decision"
  | "Problem"
  | "Apology"
  | "Small talk";

interface ActWords {
  act: SpeechAct;
  /** Alternatives of a regular expression in lower case, over all languages. */
  words: string;
  /** True when it only counts at the beginning of a text. */
  atStart?: boolean;
}

const lists: readonly ActWords[] = [
  {
    act: "Greeting",
    atStart: true,
    words:
      "hello|hi|hey|good (?:morning|evening|afternoon)|hallo|guten (?:morgen|tag|abend)|moin|servus|grüß (?:dich|gott)|bonjour|salut|bonsoir|hola|buenos días|buenas (?:tardes|noches)|ciao|buongiorno|buonasera|olá|bom dia|boa (?:tarde|noite)|hoi|goedemorgen|goedendag|你好|您好|早上好|こんにちは|おはよう|こんばんは",
  },
  {
    act: "Farewell",
    words:
      "goodbye|bye(?: bye)?|see you(?: later| soon| tomorrow)?|good night|take care|tschüss|tschüß|auf wiedersehen|bis (?:bald|morgen|später|dann)|gute nacht|au revoir|à bientôt|à demain|bonne nuit|adiós|hasta (?:luego|mañana|pronto)|arrivederci|a presto|buonanotte|até (?:logo|amanhã)|tot ziens|tot morgen|再见|晚安|さようなら|おやすみ|またね",
  },
  {
    act: "Thanks",
    words:
      "thanks|thank you|thx|much appreciated|danke|vielen dank|dankeschön|merci|gracias|grazie|obrigad[oa]|dank je|bedankt|谢谢|多谢|ありがとう",
  },
  {
    act: "Apology",
    words:
      "sorry|i apologi[sz]e|my mistake|entschuldigung|tut mir leid|verzeihung|désolée?|pardon|lo siento|perdón|scusa|mi dispiace|desculpe|het spijt me|对不起|抱歉|ごめん|すみません",
  },
  {
    act: "Plan",
    words:
      "we should|let's|let us|the plan is|i plan to|i'm going to|next step|to-?do|schedule|deadline|by (?:monday|tuesday|wednesday|thursday|friday|tomorrow|next week)|wir sollten|lass uns|der plan|ich (?:plane|habe vor)|nächster schritt|nous devrions|le plan|je prévois|prochaine étape|deberíamos|el plan|planeo|próximo paso|dovremmo|il piano|prossimo passo|devemos|o plano|próximo passo|we moeten|het plan|计划|下一步|打算|予定|計画",
  },
  {
    act: "Decision",
    words:
      "i(?:'ve| have)? decided|we(?:'ve| have)? decided|let's go with|i'll (?:take|go with)|agreed|final decision|ich habe (?:mich )?entschieden|wir haben (?:uns )?entschieden|wir nehmen|einverstanden|j'ai décidé|d'accord, on|nous avons décidé|he decidido|hemos decidido|de acuerdo|ho deciso|abbiamo deciso|d'accordo|decidi|decidimos|ik heb besloten|afgesproken|决定|就这么定|決めた|決定",
  },
  {
    act: "Problem",
    words:
      "error|exception|does(?:n't| not) work|not working|is broken|crash(?:es|ed)?|bug|fails?|failed|stack trace|problem with|fehler|funktioniert nicht|geht nicht|kaputt|abgestürzt|erreur|ne (?:marche|fonctionne) pas|en panne|no funciona|fallo|errore|non funziona|não funciona|erro|werkt niet|fout|错误|出错|不工作|エラー|動かない",
  },
  {
    act: "Request",
    words:
      "please|can you|could you|would you|write (?:me )?an?|help me|explain|show me|give me|bitte|kannst du|könntest du|schreib(?:e)? mir|hilf mir|erkläre?|zeig mir|s'il te plaît|s'il vous plaît|peux-tu|pouvez-vous|explique|aide-moi|por favor|puedes|podrías|explica|ayúdame|per favore|puoi|potresti|spiega|aiutami|você pode|explique|me ajude|alsjeblieft|kun je|leg uit|请|帮我|解释|ください|教えて|お願い",
  },
  {
    act: "Small talk",
    words:
      "how are you|how's it going|how was your day|what's up|nice weather|wie geht(?:'s| es)|wie war dein tag|schönes wetter|ça va|comment (?:vas-tu|allez-vous)|cómo estás|qué tal|come stai|como vai|tudo bem|hoe gaat het|你好吗|最近怎么样|元気ですか|調子はどう",
  },
];

/** Text beyond this is not looked through. UTF-16 units. */
const mostLooked = 4_000;

const expressions = lists.map(({ act, words, atStart }) => ({
  act,
  expression: new RegExp(
    // Chinese and Japanese write no spaces: there a word may stand inside a run.
    `${atStart === true ? "^[^\\p{L}\\p{N}]*" : "(?<![a-zà-öø-ÿ\\p{N}])"}(?:${words})(?![a-zà-öø-ÿ\\p{N}])`,
    "u",
  ),
}));

/** What is done with the words of a text, in the order of {@link SpeechAct}'s list; several at once are usual. */
export function speechActsOf(text: string): SpeechAct[] {
  const looked = text.slice(0, mostLooked).toLowerCase().replaceAll("’", "'");
  const found = expressions.filter(({ expression }) => expression.test(looked)).map(({ act }) => act);
  if (/[?？¿]/.test(looked)) found.push("Question");
  return found;
}
