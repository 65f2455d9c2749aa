import { promptShape } from './prompt-shape.ts'

/** What is known of a prompt beside its text. */
export type KnownOfPrompt = {
  readonly category?: string | undefined
  /** Of the text, by one and the same model for every prompt of a router: vectors of two models have nothing in common. */
  readonly embedding?: Float32Array | undefined
}

/** What a router reads of one prompt: hashed n-grams with how often each occurs, a few numbers on its form, and what is known. */
export type PromptFeatures = KnownOfPrompt & {
  /** Buckets of the n-grams, each once, in order of first occurrence; words are below `WORD_BUCKETS`. */
  readonly buckets: Uint32Array
  readonly counts: Uint16Array
  readonly shape: Float64Array
}

/** Powers of two, so that a hash is cut by a mask. 2^16 word and 2^17 character buckets hold a few thousand prompts with few collisions. */
export const WORD_BUCKETS = 2 ** 16
export const CHARACTER_BUCKETS = 2 ** 17
export const BUCKETS = WORD_BUCKETS + CHARACTER_BUCKETS

/**
 * Of a longer prompt the first and last characters are read: 3,000 characters are 9,000 character n-grams, about 0.3 ms.
 * The length among the shape features is that of the whole prompt.
 */
const HEAD_CHARS = 2_000
const TAIL_CHARS = 1_000

/**
 * Features of a prompt: word 1- and 2-grams, character 3- to 5-grams over the lower-cased text with white space folded,
 * both hashed, and the shape. The same text gives the same features on every machine.
 */
export function readPrompt(prompt: string, known: KnownOfPrompt = {}): PromptFeatures {
  const text = folded(prompt)
  const words = text.match(WORD) ?? []
  // How long a number is tells more than which one it is: 371 does not come back in the next prompt.
  const numberless = text.replace(/\p{Nd}/gu, '0')
  const bag = new Bag(words.length * 2 + numberless.length * 3)
  addWordGrams(bag, numberless.match(WORD) ?? [])
  addCharacterGrams(bag, numberless)
  return { ...known, buckets: bag.buckets(), counts: bag.counts(), shape: promptShape(prompt, text, words) }
}

const WORD = /[\p{L}\p{M}\p{N}]+/gu

function folded(prompt: string): string {
  const part =
    prompt.length <= HEAD_CHARS + TAIL_CHARS
      ? prompt
      : `${prompt.slice(0, HEAD_CHARS)} ${prompt.slice(-TAIL_CHARS)}`
  return part.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

function addWordGrams(bag: Bag, words: readonly string[]): void {
  let before = 0
  for (const [index, word] of words.entries()) {
    let hash = FNV_OFFSET
    for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), FNV_PRIME)
    bag.add(mixed(hash) & (WORD_BUCKETS - 1))
    if (index > 0) bag.add(mixed(Math.imul(before, 31) ^ hash) & (WORD_BUCKETS - 1))
    before = hash
  }
}

/** Every start gives a 3-, a 4- and a 5-gram out of one running hash. */
function addCharacterGrams(bag: Bag, text: string): void {
  const padded = ` ${text} `
  for (let start = 0; start + 3 <= padded.length; start += 1) {
    let hash = FNV_OFFSET
    const end = Math.min(start + 5, padded.length)
    for (let at = start; at < end; at += 1) {
      hash = Math.imul(hash ^ padded.charCodeAt(at), FNV_PRIME)
      if (at >= start + 2) bag.add(WORD_BUCKETS + (mixed(hash) & (CHARACTER_BUCKETS - 1)))
    }
  }
}

/** The finaliser of MurmurHash3: the low bits of FNV alone are those of the last character. */
function mixed(hash: number): number {
  let value = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

/** Counts per bucket by open addressing; a Map costs five times the time. */
class Bag {
  readonly #slots: Int32Array
  readonly #buckets: Uint32Array
  readonly #counts: Uint16Array
  readonly #mask: number
  #size = 0

  constructor(most: number) {
    // At most half full, so that probing stays short.
    const slots = 2 ** Math.ceil(Math.log2(Math.max(8, most * 2)))
    this.#slots = new Int32Array(slots)
    this.#mask = slots - 1
    this.#buckets = new Uint32Array(most)
    this.#counts = new Uint16Array(most)
  }

  add(bucket: number): void {
    let slot = bucket & this.#mask
    for (;;) {
      const entry = this.#slots[slot] ?? 0
      if (entry === 0) {
        this.#slots[slot] = this.#size + 1
        this.#buckets[this.#size] = bucket
        this.#counts[this.#size] = 1
        this.#size += 1
        return
      }
      if (this.#buckets[entry - 1] === bucket) {
        this.#counts[entry - 1] = Math.min(65_535, (this.#counts[entry - 1] ?? 0) + 1)
        return
      }
      slot = (slot + 1) & this.#mask
    }
  }

  buckets(): Uint32Array {
    return this.#buckets.slice(0, this.#size)
  }

  counts(): Uint16Array {
    return this.#counts.slice(0, this.#size)
  }
}
