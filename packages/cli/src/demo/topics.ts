/** What the made-up conversations are about. Every place, person and product here is invented. */
export interface Topic {
  titles: readonly string[];
  questions: readonly string[];
  openings: readonly string[];
  facts: readonly string[];
  steps: readonly string[];
  thanks: readonly string[];
}

export const topics: readonly Topic[] = [
  {
    titles: [
      "A balcony garden for shade",
      "Tomatoes that refuse to ripen",
      "Planning the herb spiral",
      "Frost and the fig tree",
    ],
    questions: [
      "My balcony gets about three hours of sun. What could I grow there that I can also eat?",
      "The tomatoes at Willow Lane are still green in September. Is there anything to be done?",
      "How do I build a herb spiral that is one metre wide?",
      "Would a layer of fleece be enough for the fig tree in a cold night?",
    ],
    openings: [
      "With so little sun, leaves are your friends.",
      "Plants are patient, so there is time.",
      "Start with the soil and the rest follows.",
    ],
    facts: [
      "Mint, chives and parsley are content with three hours of light.",
      "A ripe apple in the same bag gives off ethylene, and that helps tomatoes along.",
      "The top of the spiral is dry and warm, the foot is moist and cool.",
      "Water in the morning, so that the leaves are dry by night.",
      "A clay pot breathes; a plastic one keeps the water longer.",
    ],
    steps: [
      "Fill the lowest third with gravel.",
      "Mix two parts of compost with one part of sand.",
      "Plant rosemary at the top.",
      "Mulch with straw.",
    ],
    thanks: [
      "Lovely, I will try that at the weekend.",
      "And what about snails?",
      "Could I do the same in a window box?",
    ],
  },
  {
    titles: [
      "Bread without kneading",
      "Soup for twelve",
      "The missing pinch of salt",
      "Grandmother Ilse's plum cake",
    ],
    questions: [
      "I want to bake bread without kneading it. How long does it have to rest?",
      "We will be twelve on Saturday. How do I scale a soup recipe that is meant for four?",
      "My polenta tastes of nothing. What is missing?",
      "The cake is done at the rim and still wet in the middle. Why?",
    ],
    openings: [
      "Time does the work here.",
      "Scaling is mostly arithmetic, with one exception.",
      "Taste before you add anything.",
    ],
    facts: [
      "Twelve to eighteen hours at room temperature are about right.",
      "Salt and spices do not scale all the way: take two thirds of what the arithmetic says and taste.",
      "A wide pot loses more water than a tall one.",
      "An oven thermometer often tells a surprising story.",
      "Acid wakes up a dull dish as well as salt does.",
    ],
    steps: [
      "Stir flour, salt, yeast and water together.",
      "Cover the bowl and leave it alone.",
      "Heat the pot in the oven.",
      "Bake for thirty minutes under the lid, fifteen without.",
    ],
    thanks: [
      "It smells wonderful already.",
      "Can I use rye flour?",
      "How would I keep it fresh for three days?",
    ],
  },
  {
    titles: [
      "Three days in Port Lumen",
      "The night train to Halvorsund",
      "Packing for rain",
      "A walk along the old canal",
    ],
    questions: [
      "What should I see in Port Lumen if I only have three days and like lighthouses?",
      "Is there a night train to Halvorsund, and where does one change?",
      "What do I pack for ten days when it may rain every day?",
      "How far can one walk along the old canal in an afternoon?",
    ],
    openings: [
      "That is a good length for such a trip.",
      "I only know the imaginary timetable, so take this as a sketch.",
      "Fewer things, chosen well.",
    ],
    facts: [
      "The lighthouse opens at four, when the light is best.",
      "Between the two harbours a small ferry goes every forty minutes.",
      "Wool dries slowly and warms while it does; synthetics dry fast.",
      "The towpath is level, so twelve kilometres are a pleasant afternoon.",
      "The museum of clocks is closed on Mondays, which is a joke that only the clocks understand.",
    ],
    steps: [
      "Arrive by noon and leave the bag at the station.",
      "Take the ferry to the north harbour.",
      "Walk up to the light.",
      "Have soup at the Blue Anchor.",
    ],
    thanks: [
      "That sounds like a plan.",
      "And if it storms?",
      "Which of these would you do with a child of six?",
    ],
  },
  {
    titles: [
      "A faster way to count words",
      "Why is my loop off by one?",
      "Sorting names as people do",
      "Reading a large file in pieces",
    ],
    questions: [
      "How do I count how often each word occurs in a text, in TypeScript?",
      "My loop leaves out the last element. Can you see why?",
      "How does one sort names so that Ångström and Zoë end up where people look for them?",
      "How do I read a file of twenty gigabytes without filling the memory?",
    ],
    openings: [
      "A map does this in one pass.",
      "The bound is the culprit.",
      "Read it as a stream and keep only what you need.",
    ],
    facts: [
      "A `Map` keeps the order in which keys were added.",
      "`<` leaves the bound out, `<=` takes it in.",
      "`Intl.Collator` knows the customs of many languages.",
      "A chunk may end in the middle of a character, so decode with a streaming decoder.",
      "Measure before and after: the slow part is rarely where one thinks.",
    ],
    steps: [
      "Split the text into words.",
      "Look each word up in the map.",
      "Add one.",
      "Sort the entries at the end only.",
    ],
    thanks: ["Works, thank you.", "What would that look like in Python?", "How would I test this?"],
  },
  {
    titles: [
      "Saturn through a small telescope",
      "Why the sky is dark at night",
      "Naming a comet",
      "The tides of a second moon",
    ],
    questions: [
      "What can I expect to see of Saturn with a 70 mm telescope?",
      "If there are stars in every direction, why is the night dark?",
      "How are comets named?",
      "What would the tides be like if there were a second moon?",
    ],
    openings: [
      "More than one would think.",
      "An old question with a beautiful answer.",
      "It depends on where the second one would be.",
    ],
    facts: [
      "At fifty times the rings stand clear of the disc.",
      "The universe has an age, so light from far enough has not arrived yet.",
      "The names of the discoverers are used, two at most.",
      "Tides fall off with the cube of the distance.",
      "Let the telescope cool for half an hour before you look.",
    ],
    steps: [
      "Find the planet with the lowest power.",
      "Centre it.",
      "Change to the higher power.",
      "Wait for moments when the air is still.",
    ],
    thanks: [
      "I saw it! It looks like a sticker.",
      "How would one photograph that?",
      "Could you say the second part more simply?",
    ],
  },
  {
    titles: [
      "A book club for busy people",
      "What the lighthouse keeper knew",
      "Poems to read aloud",
      "The unreliable narrator",
    ],
    questions: [
      "We are six and all of us are busy. How do we run a book club that lasts?",
      "In the story I am writing, the keeper knows who moved the lamp. When should the reader know?",
      "Which forms of poem are good to read aloud to people who say they dislike poems?",
      "What makes a narrator unreliable rather than merely wrong?",
    ],
    openings: [
      "Keep the promise small.",
      "Let the reader know a little before the others do.",
      "Rhythm first, meaning later.",
    ],
    facts: [
      "Sixty pages a month is a promise that people keep.",
      "A reader forgives a secret, never a trick.",
      "Ballads carry even a tired voice.",
      "Unreliable means that the text itself shows the gap.",
      "Whoever hosts brings the question, not the answers.",
    ],
    steps: [
      "Choose three short books.",
      "Fix the dates for all of them at once.",
      "Begin with the food.",
      "End at ten.",
    ],
    thanks: [
      "We have our first evening on Thursday!",
      "Could you suggest a first question?",
      "And for the ending?",
    ],
  },
  {
    titles: ["お茶の淹れ方", "Ein Regal aus Resten", "Une chanson pour Mila", "Λέξεις της θάλασσας"],
    questions: [
      "煎茶をおいしく淹れるコツは何ですか？ 🍵",
      "Ich habe drei Bretter aus Lärche übrig. Reicht das für ein kleines Regal?",
      "Comment écrire une chanson d'anniversaire qui ne soit pas trop sucrée ? 🎂",
      "Πώς λένε τα ψαράδικα μέρη του σκάφους; 🌊",
    ],
    openings: [
      "温度がいちばん大切です。",
      "Das reicht, wenn die Böden schmal sind.",
      "Commençons par le rythme.",
      "Ας πάρουμε τις λέξεις μία μία.",
    ],
    facts: [
      "お湯は七十度くらいまで冷まします。",
      "Lärche arbeitet wenig, splittert aber gern; also vorbohren.",
      "Un refrain de quatre vers suffit ; l’air de naïveté vient tout seul.",
      "Η πλώρη είναι μπροστά, η πρύμνη πίσω.",
      "👩‍🚀 e\u0301 and é look alike and are not the same text; neither is changed here. שלום، سلام.",
    ],
    steps: ["急須を温める。", "Die Längen anzeichnen.", "Chanter à voix basse.", "Γράψε τη λίστα."],
    thanks: ["ありがとう！", "Danke, das klappt.", "Merci, c’est charmant.", "Ευχαριστώ πολύ!"],
  },
  {
    titles: [
      "Learning the ukulele in winter",
      "A choir with five voices",
      "Why two notes beat",
      "Fixing a wobbly metronome",
    ],
    questions: [
      "I can play three chords. Which songs does that open up?",
      "We are five singers and no bass. What can we sing?",
      "Why do two strings that are almost in tune seem to throb?",
      "My mechanical metronome limps. Can I mend it?",
    ],
    openings: [
      "A great many, it turns out.",
      "Fewer voices leave more air.",
      "Because you hear the difference.",
    ],
    facts: [
      "C, F and G7 carry half of the songs that people know by heart.",
      "Two notes at 440 and 442 Hz beat twice a second.",
      "A metronome limps when it does not stand level.",
      "Rounds need no bass at all.",
      "Ten minutes a day are worth more than an hour on Sunday.",
    ],
    steps: [
      "Tune first.",
      "Change the chord without strumming.",
      "Strum without changing the chord.",
      "Put both together, slowly.",
    ],
    thanks: [
      "My neighbours send their thanks too.",
      "What comes after G7?",
      "Is there a trick for the barre?",
    ],
  },
];
