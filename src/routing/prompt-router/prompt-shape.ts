import { scriptShares, SCRIPTS } from './script-shares.ts'

/**
 * The form of a prompt in a few numbers, most of them log counts: how long and how involved it is, how much reckoning it
 * asks for, what kind of question it is, and in which script. The word lists are English; elsewhere those are 0.
 * `text` is the lower-cased prompt with white space folded, `words` its words.
 */
export function promptShape(prompt: string, text: string, words: readonly string[]): Float64Array {
  return Float64Array.of(
    Math.log1p(prompt.length),
    ...lengths(prompt, text, words),
    ...numbers(text, words),
    ...marks(prompt, text),
    ...WORD_LISTS.map((list) => Math.log1p(words.reduce((sum, word) => sum + (list.has(word) ? 1 : 0), 0))),
    ...scriptShares(text),
  )
}

/** Place of the log length among the shape features. */
export const LOG_LENGTH = 0

const WORD_LISTS = [
  'more less fewer than times twice double triple much many',
  'per each every',
  'if then after before when until while remaining rest left',
  'day days week weeks month months year years hour hours minute minutes',
  'half third quarter percent percentage ratio fraction',
  'what which who whose where',
  'how',
  'why explain describe because reason',
  'not except never least false incorrect',
  'following statement statements above',
].map((list) => new Set(list.split(' ')))

const LENGTHS = 7
const NUMBERS = 6
const MARKS = 8
/** Number of shape features. */
export const SHAPE_FEATURES = 1 + LENGTHS + NUMBERS + MARKS + WORD_LISTS.length + SCRIPTS.length

function lengths(prompt: string, text: string, words: readonly string[]): readonly number[] {
  const sentences = text.split(SENTENCE_END).filter((sentence) => sentence !== '')
  const longest = sentences.reduce((most, sentence) => Math.max(most, sentence.length), 0)
  const letters = words.reduce((sum, word) => sum + word.length, 0)
  return [
    Math.log1p(words.length),
    Math.log1p(new Set(words).size),
    letters / Math.max(1, words.length),
    Math.log1p(sentences.length),
    Math.log1p(longest),
    Math.log1p(sentences.at(-1)?.length ?? 0),
    Math.log1p(count(prompt, /\n/g)),
  ]
}

const SENTENCE_END = /[.!?।؟。]+(?:\s|$)/u

const NUMBER_WORDS = new Set(
  (
    'one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty hundred ' +
    'thousand million half third quarter twice double triple thrice dozen'
  ).split(' '),
)

function numbers(text: string, words: readonly string[]): readonly number[] {
  const found = text.match(/\p{Nd}[\p{Nd},.]*/gu) ?? []
  const named = words.reduce((sum, word) => sum + (NUMBER_WORDS.has(word) ? 1 : 0), 0)
  return [
    Math.log1p(found.length),
    Math.log1p(new Set(found).size),
    Math.log1p(found.length + named),
    Math.log1p(largest(found)),
    Math.log1p(count(text, /\d\.\d|%|\d\/\d/g)),
    found.reduce((sum, number) => sum + number.length, 0) / Math.max(1, text.length),
  ]
}

function largest(found: readonly string[]): number {
  let most = 0
  for (const number of found) {
    const value = Number(number.replaceAll(',', '').replace(/\.$/, ''))
    if (Number.isFinite(value)) most = Math.max(most, value)
  }
  return Math.log10(1 + most)
}

function marks(prompt: string, text: string): readonly number[] {
  return [
    Math.log1p(count(text, /[,;:،；，]/g)),
    Math.log1p(count(text, /[?؟？]/g)),
    Math.log1p(count(text, /["'“”‘’()]/g)),
    Math.log1p(count(text, /\p{Sc}/gu)),
    Math.log1p(count(text, /[-+*/=^<>√∑∫≤≥π]/g)),
    Math.log1p(count(text, /[{}`_[\]#\\]/g)),
    count(prompt, /\p{Lu}/gu) / Math.max(1, prompt.length),
    // A gap to fill in, as examinations have it.
    Math.log1p(count(text, /_{2,}|\.{3,}|…/g)),
  ]
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
