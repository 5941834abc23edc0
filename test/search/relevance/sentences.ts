import type { Random } from "./random.ts";
import type { Topic } from "./topic.ts";

const people = [
  "Amara",
  "Benedikt",
  "Chidi",
  "Dorothea",
  "Emre",
  "Fenna",
  "Giselle",
  "Hamid",
  "Ingrid",
  "Joaquin",
  "Kerstin",
  "Lamar",
  "Mireille",
  "Nikolai",
  "Oksana",
  "Piotr",
  "Rosalind",
  "Sunniva",
  "Tariq",
  "Ulrike",
  "Vikram",
  "Winona",
  "Yusuf",
  "Zelda",
];
const places = [
  "Ashby",
  "Brunnstad",
  "Calvera",
  "Dunmore",
  "Eastwick",
  "Falkensee",
  "Grimsdale",
  "Holmvik",
  "Ivrea",
  "Jarrow",
  "Kilmory",
  "Lindau",
  "Montalba",
  "Norwick",
  "Oakhaven",
  "Pellworm",
  "Quimby",
  "Ravello",
  "Solvang",
  "Tiverton",
];
const seasons = [
  "last spring",
  "in the summer",
  "this autumn",
  "over the winter",
  "at Easter",
  "before the holidays",
  "a year ago",
  "the other week",
  "on Sunday",
  "after work",
];

const asked = [
  "I keep going back and forth about {thing} and would like a second opinion.",
  "Could you explain what matters most when {doing}?",
  "{Person} tells me to forget {thing} and to look at {thing2} instead.",
  "What would you check first if {thing} gives trouble {season}?",
  "I spent {number} minutes {doing} today and learned nothing.",
  "Is there an order in which {doing} and {doing2} make sense?",
  "Somebody in {place} swears that {thing} is never the problem.",
  "Let us begin with {thing}, the rest can wait.",
  "I have a photo of {thing}, but it is too dark to be of use.",
  "How often do people really think about {thing}?",
  "My budget is about {number}, which {person} calls optimistic.",
  "Can you make me a checklist for {doing}?",
  "It all began when {person} asked me about {thing} in {place}.",
  "I would rather spend an evening {doing} than think about {thing} again.",
  "Compare {thing} with {thing2} in plain words, please.",
  "Before I forget: {thing} was discussed {season} and nothing came of it.",
  "Which mistakes do beginners make when {doing}?",
  "I am not sure that {thing} is worth the fuss.",
  "Please be brief: is {doing} dangerous for {thing}?",
  "You said something about {thing2}, and I did not quite follow.",
  "If I leave {thing} as it is, what happens {season}?",
  "{Person} and I disagree about {doing}, and neither of us is an expert.",
];

const answered = [
  "There is no single answer, but {thing} deserves a calm look before anything else.",
  "Start small: {doing} for a few minutes tells you more than a long plan.",
  "Most people overestimate {thing} and underestimate {thing2}.",
  "Write down what you see {season} and compare it after {number} days.",
  "A good rule is to change one thing at a time, {thing} first.",
  "When {doing}, patience helps more than strength.",
  "I would ask somebody in {place} who has done it before.",
  "The cost of {thing} is rarely the reason why it fails.",
  "Keep {thing2} out of it until {thing} is understood.",
  "Here is a short list: look at {thing}, try {doing}, and rest a day.",
  "It depends on how much time you have for {doing}.",
  "If {thing} bothers you, note when it happens and what came before.",
  "Both views are reasonable: {thing} matters, and so does {thing2}.",
  "You can leave that to {person}, unless you enjoy {doing}.",
  "In short, yes, as long as {thing} is dry, clean and in place.",
  "The usual mistake is {doing} too early.",
  "I cannot see it from here, so take this as a first guess about {thing}.",
  "Give it {number} days, then decide whether {thing2} needs attention.",
  "That is a matter of taste more than of skill.",
  "Let me know how {doing} went, and we go on from there.",
];

const thanked = [
  "Good, that is noted.",
  "Understood, I will keep that in mind.",
  "Thanks for telling me, that makes it clearer.",
  "All right, that settles it then.",
  "Noted. Shall we go on with the next point?",
  "That sounds sensible.",
];

const asking = [
  "What do you make of it?",
  "Any idea what I should do about {thing}?",
  "How would you go about it?",
  "Can you help me with {thing}?",
  "I need something concrete this time.",
  "What is your advice on {doing}?",
];

/** A sentence of the kind, filled with what belongs to the topic. */
export function sentence(
  kind: "asked" | "answered" | "thanked" | "asking" | "near",
  topic: Topic,
  random: Random,
): string {
  const from = { asked, answered, thanked, asking, near: topic.near }[kind];
  return fill(random.pick(from), topic, random);
}

function fill(frame: string, topic: Topic, random: Random): string {
  const person = random.pick(people);
  const things = random.shuffled(topic.things);
  const doings = random.shuffled(topic.doings);
  const filled = frame
    .replaceAll(/\{[Pp]erson\}/g, person)
    .replaceAll("{place}", random.pick(places))
    .replaceAll("{season}", random.pick(seasons))
    .replaceAll("{number}", String(2 + random.below(random.chance(30) ? 900 : 48)))
    .replaceAll("{thing}", things[0] ?? "")
    .replaceAll("{thing2}", things[1] ?? "")
    .replaceAll("{doing}", doings[0] ?? "")
    .replaceAll("{doing2}", doings[1] ?? "");
  return filled.charAt(0).toUpperCase() + filled.slice(1);
}

/** One to `most` sentences. */
export function paragraph(kind: "asked" | "answered", topic: Topic, random: Random, most: number): string {
  const count = 1 + random.below(most);
  return Array.from({ length: count }, () => sentence(kind, topic, random)).join(" ");
}

/** Somebody named in passing, or an identifier that is not the one: what looks like the answer and is none. */
export function inPassing(word: string, topic: Topic, random: Random): string {
  const frames = [
    `I should not confuse that with ${word}, which is about something else.`,
    `${word} came up in passing while we talked about {thing}, nothing more.`,
    `No, ${word} was another matter, that had to do with {thing2}.`,
  ];
  return fill(random.pick(frames), topic, random);
}
