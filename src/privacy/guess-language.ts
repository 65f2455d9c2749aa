import { eachWord } from './each-word.ts'

export const LANGUAGES = ['en', 'hi', 'mr', 'ar'] as const
export type Language = (typeof LANGUAGES)[number]

/** What a text seems to be written in. `other`: surely none of the four; `unknown`: too short, or mixed. */
export type Guess = Language | 'other' | 'unknown'

// The language of a text shows in its first page; a book need not be read for it.
const READ_CHARS = 4_000

/** Every language that one of the texts is written in, sorted; `und`, as ISO 639 has it, for one that is none of the four. */
export function languagesIn(texts: readonly string[]): readonly string[] {
  const found = new Set<string>()
  for (const text of texts) {
    const guess = guessLanguage(text.slice(0, READ_CHARS))
    if (guess !== 'unknown') found.add(guess === 'other' ? 'und' : guess)
  }
  return [...found].sort()
}

/** Below this many letters a name in another script would decide. */
const MIN_LETTERS = 20

export function guessLanguage(text: string): Guess {
  const counts = { latin: 0, devanagari: 0, arabic: 0, persian: 0, other: 0 }
  const words = new Map<string, number>()
  eachWord(text, (word) => {
    const script = scriptOf(word)
    if (script !== undefined) counts[script] += word.length
    if (script === 'arabic' && /[پچژگکیےٹڈڑںہھ]/.test(word)) counts.persian += word.length
    words.set(word, (words.get(word) ?? 0) + 1)
  })
  const letters = counts.latin + counts.devanagari + counts.arabic + counts.other
  if (letters < MIN_LETTERS) return 'unknown'
  const most = letters * MAJORITY
  if (counts.devanagari >= most) return hindiOrMarathi(words)
  // Four letters that Arabic does not have stand in most words of Persian and Urdu, and in a name here and there.
  if (counts.arabic >= most) return counts.persian > counts.arabic / 5 ? 'other' : 'ar'
  if (counts.latin >= most) return englishOrNot(words)
  return counts.other >= most ? 'other' : 'unknown'
}

/** A name or a term in another script is usual; half a text in one is a mixture. */
const MAJORITY = 0.7

type Script = 'latin' | 'devanagari' | 'arabic' | 'other'

function scriptOf(word: string): Script | undefined {
  const code = word.codePointAt(0) ?? 0
  if (code < 0x41 || !/\p{L}/u.test(String.fromCodePoint(code))) return undefined
  if (code < 0x250) return 'latin'
  if (code >= 0x900 && code < 0x980) return 'devanagari'
  return code >= 0x600 && code < 0x700 ? 'arabic' : 'other'
}

// As `eachWord` gives them: without the nukta.
const SMALL_WORDS = {
  en: 'the of and to in is that it for was on are with as be this have at by not from or you which an they we can will but',
  hi: 'है हैं था थी थे और का की के को में से पर ने नहीं यह वह कि भी हो कर एक लिए ही तो मैं आप हम क्या',
  mr: 'आहे आहेत होता होती होते आणि चा ची चे ला मध्ये नाही हे हा ही ते तो ती की पण मी तुम्ही आम्ही काय व या असे करून साठी',
  other:
    'el la los las de que y en un una por con para es no se lo del al como más pero su le les des du et est dans pour pas qui une sur avec ce il elle sont der die das und ist nicht ein eine zu den mit von auf für im dem auch sich o os as um uma não em com na do da il di che non per sono het een van en niet ik dat och att det som på är inte nie się jest w z na do to że ve bir bu için da yang dan di itu dengan untuk ini tidak',
} as const

const SETS = {
  en: new Set(SMALL_WORDS.en.split(' ')),
  hi: new Set(SMALL_WORDS.hi.split(' ')),
  mr: new Set(SMALL_WORDS.mr.split(' ')),
  other: new Set(SMALL_WORDS.other.split(' ')),
} as const

function share(words: ReadonlyMap<string, number>, language: keyof typeof SMALL_WORDS): number {
  let hits = 0
  let all = 0
  for (const [word, count] of words) {
    all += count
    if (SETS[language].has(word)) hits += count
  }
  return all === 0 ? 0 : hits / all
}

function hindiOrMarathi(words: ReadonlyMap<string, number>): Guess {
  const [hindi, marathi] = [share(words, 'hi'), share(words, 'mr')]
  // Marathi writes its cases into the noun, so its small words are fewer.
  if (hindi === 0 && marathi === 0) return 'unknown'
  return hindi > marathi ? 'hi' : 'mr'
}

/** A fifth of running English are these words; a list, a table or code has fewer and is not guessed. */
function englishOrNot(words: ReadonlyMap<string, number>): Guess {
  const [english, other] = [share(words, 'en'), share(words, 'other')]
  if (english >= 0.08 && english > other) return 'en'
  return other >= 0.12 && other > 1.5 * english ? 'other' : 'unknown'
}
