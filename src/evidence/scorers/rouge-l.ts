import { z } from 'zod'
import { EMPTY_OUTPUT, isEmpty } from './empty-output.ts'
import { goldFault, goldTexts } from './gold-texts.ts'
import type { Scorer } from './scorer.ts'
import { numberFrom } from './setting-types.ts'

export const rougeLSettings = z.strictObject({
  /** How much more recall weighs than precision. 1 is the F1 that most papers print. */
  beta: numberFrom(0.01, 100).default(1),
})

/**
 * ROUGE-L of the whole output against the gold, the best of several: with LCS the longest common subsequence of words,
 * R = LCS / words of the gold, P = LCS / words of the output, F = (1 + β²) R P / (R + β² P) (Lin, "ROUGE: a package for
 * automatic evaluation of summaries", 2004, section 3.1, the sentence level). Words are those of `Intl.Segmenter`, in
 * lower case and not stemmed, so that Hindi, Marathi, Arabic, Thai and Chinese count as English does.
 */
export function rougeLScorer({ beta }: z.output<typeof rougeLSettings>): Scorer {
  return {
    name: 'rouge-l',
    settings: { beta },
    fault: (item) => {
      const golds = goldTexts(item)
      if (golds === undefined)
        return goldFault(item, 'a text, or a list of texts of which the nearest counts')
      const counts = golds.map((gold) => wordsOf(gold).length)
      if (counts.includes(0)) return '"gold" holds no word'
      return Math.max(...counts) > MAX_GOLD_WORDS
        ? `"gold" is longer than ${MAX_GOLD_WORDS} words`
        : undefined
    },
    score: (item, output) => {
      if (isEmpty(output)) return EMPTY_OUTPUT
      const given = wordsOf(output)
      const scores = (goldTexts(item) ?? []).map((gold) => fMeasure(wordsOf(gold), given, beta))
      return { kind: 'scored', score: Math.max(0, ...scores), answer: output.trim() }
    },
  }
}

/**
 * A gold of 4,096 words is 128 numbers of 32 bits, each touched once per word of the output: 34 million steps for
 * 262,144 words, a tenth of a second. What an output has beyond counts as length and matches nothing.
 */
const MAX_GOLD_WORDS = 4096
const MAX_MATCHED_WORDS = 262_144

// The locale does not matter for word breaks of the scripts above; a fixed one keeps scores the same on every machine.
const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

function wordsOf(text: string): readonly string[] {
  const segments = segmenter.segment(text.normalize('NFKC').toLowerCase())
  return Array.from(segments).flatMap(({ segment, isWordLike }) => (isWordLike === true ? [segment] : []))
}

function fMeasure(gold: readonly string[], given: readonly string[], beta: number): number {
  const common = commonSubsequence(gold, given.slice(0, MAX_MATCHED_WORDS))
  if (common === 0) return 0
  const [recall, precision] = [common / gold.length, common / given.length]
  // Rounding may leave the last bit above 1 where both are 1.
  return Math.min(1, ((1 + beta * beta) * recall * precision) / (recall + beta * beta * precision))
}

/**
 * Length of the longest common subsequence, 32 cells of a row of its table at a time: a bit is 0 where the length grows
 * from one word of the gold to the next (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004).
 */
function commonSubsequence(gold: readonly string[], given: readonly string[]): number {
  const places = placesOf(gold)
  const row = new Uint32Array(Math.ceil(gold.length / 32)).fill(0xffff_ffff)
  for (const word of given) {
    const found = places.get(word)
    if (found !== undefined) advance(row, found)
  }
  return row.reduce((length, bits) => length + zeroBits(bits), 0)
}

/** For each word of the gold, the bits of its places. */
function placesOf(gold: readonly string[]): ReadonlyMap<string, Uint32Array> {
  const places = new Map<string, Uint32Array>()
  for (const [at, word] of gold.entries()) {
    const bits = places.get(word) ?? new Uint32Array(Math.ceil(gold.length / 32))
    bits[at >> 5] = (bits[at >> 5] ?? 0) | (1 << (at & 31))
    places.set(word, bits)
  }
  return places
}

/** row = (row + (row & found)) | (row & ~found), as one long number from its lowest 32 bits up. */
function advance(row: Uint32Array, found: Uint32Array): void {
  let carry = 0
  for (let part = 0; part < row.length; part += 1) {
    const [bits, hits] = [row[part] ?? 0, found[part] ?? 0]
    const sum = bits + ((bits & hits) >>> 0) + carry
    carry = sum > 0xffff_ffff ? 1 : 0
    row[part] = sum | (bits & ~hits)
  }
}

function zeroBits(bits: number): number {
  let count = 0
  for (let rest = ~bits >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count += 1
  return count
}
