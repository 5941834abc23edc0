import type { TextRange } from "../search/types.ts";

/** What a word says about time or about something that was said before. */
export type RelativeKind =
  /** A day counted from the one on which it is said. */
  | "day"
  /** Some time before, nobody knows when. */
  | "earlier"
  /** It goes on with something. */
  | "continuation"
  /** It names something that was said. */
  | "as-said";

export interface RelativeReference {
  kind: RelativeKind;
  /** ISO 639-1. */
  language: string;
  /** Days from the day on which it is said, for `day`. */
  days?: number;
  /** How far it may be off, in days. */
  slackDays?: number;
  range: TextRange;
}

interface Phrase {
  kind: RelativeKind;
  days?: number;
  slackDays?: number;
  /** Alternatives of a regular expression, in lower case. */
  words: string;
}

const day = (days: number, words: string, slackDays = 0): Phrase => ({ kind: "day", days, slackDays, words });
const earlier = (words: string): Phrase => ({ kind: "earlier", words });
const continuation = (words: string): Phrase => ({ kind: "continuation", words });
const asSaid = (words: string): Phrase => ({ kind: "as-said", words });

/**
 * What people write when they refer to another time or to what was said. Small on purpose: each phrase is one that is seldom meant
 * otherwise. Longer phrases come first, because the first that fits counts.
 */
const phrases: Readonly<Record<string, readonly Phrase[]>> = {
  en: [
    day(-2, "the day before yesterday|two days ago|2 days ago"),
    day(-1, "yesterday|last night"),
    day(-7, "last week|a week ago|one week ago", 4),
    day(-30, "last month|a month ago|one month ago", 16),
    asSaid(
      "as i (?:said|mentioned|wrote|told you)|as (?:we|you) (?:said|discussed|mentioned)|like i said|as discussed|you (?:told|said to) me|we (?:talked|spoke) about|i (?:already )?(?:told you|mentioned)",
    ),
    continuation(
      "(?:let's |let us |please )?(?:continue|carry on|pick up) (?:where|from where|with|our|from)|where we left off|following up|follow-up on|continue",
    ),
    earlier("earlier (?:today|this)|earlier|previously|last time|the other day|a while ago|before that"),
  ],
  de: [
    day(-2, "vorgestern|vor zwei tagen|vor 2 tagen"),
    day(-1, "gestern(?: abend)?"),
    day(-7, "letzte woche|vor einer woche|vergangene woche", 4),
    day(-30, "letzten monat|vor einem monat|im letzten monat", 16),
    asSaid(
      "wie (?:ich )?(?:schon |bereits )?(?:gesagt|erwähnt|geschrieben|besprochen)|wie ich (?:schon |bereits )?(?:sagte|erwähnte|schrieb)|du hast mir gesagt|wir (?:haben|hatten) (?:darüber |davon )?(?:gesprochen|besprochen)",
    ),
    continuation(
      "(?:machen wir |mach )?weiter (?:mit|bei|wo)|wo wir (?:aufgehört|stehengeblieben) (?:haben|sind)|weitermachen|fortsetzen",
    ),
    earlier("vorhin|letztes mal|beim letzten mal|neulich|zuvor|früher heute"),
  ],
  fr: [
    day(-2, "avant-hier|il y a deux jours|il y a 2 jours"),
    day(-1, "hier soir|hier"),
    day(-7, "la semaine dernière|il y a une semaine", 4),
    day(-30, "le mois dernier|il y a un mois", 16),
    asSaid(
      "comme je (?:l'ai|t'ai|vous ai) (?:dit|mentionné|écrit)|comme (?:dit|convenu|mentionné)|on en a parlé|nous en avons parlé|tu m'as dit",
    ),
    continuation(
      "reprenons|continuons|on continue|là où (?:nous|on) (?:en étions|s'est arrêté)|pour faire suite",
    ),
    earlier("tout à l'heure|la dernière fois|l'autre jour|précédemment|auparavant"),
  ],
  es: [
    day(-2, "anteayer|antes de ayer|hace dos días|hace 2 días"),
    day(-1, "ayer|anoche"),
    day(-7, "la semana pasada|hace una semana", 4),
    day(-30, "el mes pasado|hace un mes", 16),
    asSaid(
      "como (?:te |ya )?(?:dije|mencioné|escribí|comenté)|como (?:hablamos|quedamos)|(?:ya )?hablamos de|me dijiste",
    ),
    continuation("continuemos|sigamos|seguimos con|donde lo dejamos|retomemos"),
    earlier("la última vez|el otro día|anteriormente|hace un rato"),
  ],
  it: [
    day(-2, "l'altro ieri|due giorni fa|2 giorni fa"),
    day(-1, "ieri sera|ieri"),
    day(-7, "la settimana scorsa|una settimana fa", 4),
    day(-30, "il mese scorso|un mese fa", 16),
    asSaid("come (?:ti )?(?:ho detto|dicevo|ho scritto|ho accennato)|ne abbiamo parlato|mi hai detto"),
    continuation("continuiamo|riprendiamo|andiamo avanti con|dove eravamo rimasti"),
    earlier("l'ultima volta|l'altro giorno|in precedenza|poco fa"),
  ],
  pt: [
    day(-2, "anteontem|há dois dias|há 2 dias"),
    day(-1, "ontem(?: à noite)?"),
    day(-7, "(?:na |a )?semana passada|há uma semana", 4),
    day(-30, "(?:no |o )?mês passado|há um mês", 16),
    asSaid(
      "como (?:eu )?(?:disse|mencionei|escrevi|falei)|já falamos (?:de|sobre)|você me disse|tu disseste",
    ),
    continuation("continuemos|vamos continuar|onde paramos|retomando"),
    earlier("da última vez|outro dia|anteriormente|há pouco"),
  ],
  nl: [
    day(-2, "eergisteren|twee dagen geleden|2 dagen geleden"),
    day(-1, "gisteren(?:avond)?"),
    day(-7, "vorige week|een week geleden", 4),
    day(-30, "vorige maand|een maand geleden", 16),
    asSaid(
      "zoals (?:ik )?(?:al )?(?:zei|gezegd|vermeld|besproken)|we hebben het (?:er)?over gehad|je (?:zei|vertelde) me",
    ),
    continuation("laten we (?:verder|doorgaan)|verder waar we|waar we gebleven waren"),
    earlier("daarnet|de vorige keer|laatst|eerder vandaag"),
  ],
  zh: [
    day(-2, "前天"),
    day(-1, "昨天|昨晚"),
    day(-7, "上周|上个星期|一周前", 4),
    day(-30, "上个月|一个月前", 16),
    asSaid("我(?:刚才|之前|已经)?说过|如我所说|我们(?:谈|聊|讨论)过|你告诉过我"),
    continuation("我们继续|接着(?:上次|刚才)|继续上次"),
    earlier("上次|之前|前几天|刚才"),
  ],
  ja: [
    day(-2, "一昨日|おととい"),
    day(-1, "昨日|昨夜"),
    day(-7, "先週|一週間前", 4),
    day(-30, "先月|一か月前|一ヶ月前", 16),
    asSaid("前に(?:言った|話した|書いた)|さっき言った|先ほど(?:述べた|話した)"),
    continuation("続きを|前回の続き|続けましょう"),
    earlier("前回|この前|先日|さっき"),
  ],
};

/** Languages that are written without spaces between words. */
const unspaced: ReadonlySet<string> = new Set(["zh", "ja"]);

/** Text beyond this is not looked through: who refers to something does so early. UTF-16 units. */
const mostLooked = 4_000;

const expressions = Object.entries(phrases).flatMap(([language, list]) =>
  list.map((phrase) => ({
    language,
    phrase,
    // A word must not be a piece of a longer one.
    expression: unspaced.has(language)
      ? new RegExp(phrase.words, "gu")
      : new RegExp(`(?<![\\p{L}\\p{N}])(?:${phrase.words})(?![\\p{L}\\p{N}])`, "gu"),
  })),
);

/**
 * Finds what in a text refers to another time or to something that was said, in nine languages, in the order of the text. Where two
 * phrases overlap, the longer one counts, and of equals the first of the list.
 */
export function findRelativeReferences(text: string): RelativeReference[] {
  const looked = text.slice(0, mostLooked).toLowerCase().replaceAll("’", "'");
  // Some letters become two when they are made small; then places would not be those of the text.
  if (looked.length !== Math.min(text.length, mostLooked)) return [];
  const found: RelativeReference[] = [];
  for (const { language, phrase, expression } of expressions) {
    for (const match of looked.matchAll(expression)) {
      const range: TextRange = [match.index, match.index + match[0].length];
      found.push({
        kind: phrase.kind,
        language,
        ...(phrase.days === undefined ? {} : { days: phrase.days, slackDays: phrase.slackDays ?? 0 }),
        range,
      });
    }
  }
  return withoutOverlaps(found);
}

function withoutOverlaps(found: RelativeReference[]): RelativeReference[] {
  const length = ({ range }: RelativeReference): number => range[1] - range[0];
  const kept: RelativeReference[] = [];
  for (const each of found.toSorted((left, right) => length(right) - length(left))) {
    if (kept.every(({ range }) => each.range[1] <= range[0] || each.range[0] >= range[1])) kept.push(each);
  }
  return kept.sort((left, right) => left.range[0] - right.range[0]);
}
