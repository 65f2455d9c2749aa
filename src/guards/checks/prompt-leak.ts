import type { Find, Finding, LocalCheck } from '../guard.ts'
import { eachWord, type OnWord } from '../../privacy/each-word.ts'

/**
 * That an answer does not repeat the instructions of the request: so many of their words in a row, whatever the case and the
 * signs between them. Twelve words in a row are hardly ever the same by chance, and an answer that quotes a format it was told to
 * use rarely has as many. A translation or a summary of the instructions is not seen.
 */
export function promptLeakCheck(words = DEFAULT_WORDS): LocalCheck {
  return {
    kind: 'local',
    name: 'prompt-leak',
    // Ten characters to a word on average, on both sides.
    window: Math.max(512, words * 20),
    threshold: 1,
    open: ({ systemPrompt }) => leakFinder(systemPrompt, words),
  }
}

export const DEFAULT_WORDS = 12
/** Instructions that are shorter than the row are looked for whole, and not at all when they are shorter than this. */
const MIN_WORDS = 5
/** A prompt of 128 k tokens. */
const MAX_PROMPT_WORDS = 100_000

/** Rows of the prompt are looked up by a rolling hash and compared word by word, so that a chance hit of the hash is none. Linear. */
function leakFinder(prompt: string, wanted: number): Find {
  const numbers = new Map<string, number>()
  const said: number[] = []
  eachWord(prompt, (word) => {
    if (said.length >= MAX_PROMPT_WORDS || word === '') return
    const number = numbers.get(word) ?? numbers.size + 1
    numbers.set(word, number)
    said.push(number)
  })
  const length = Math.min(wanted, said.length)
  if (length < MIN_WORDS) return () => []
  const rows = rowsOf(said, length)
  return (text) => findRows(text, { numbers, said, rows, length })
}

type Prompt = {
  readonly numbers: ReadonlyMap<string, number>
  readonly said: readonly number[]
  /** Hash of a row -> where it begins. */
  readonly rows: ReadonlyMap<number, number>
  readonly length: number
}

function findRows(text: string, { numbers, said, rows, length }: Prompt): readonly Finding[] {
  const found: Finding[] = []
  const rolling = rollingHash(length)
  const recent: number[] = []
  const starts: number[] = []
  const onWord: OnWord = (word, start, end) => {
    if (word === '') return
    const number = numbers.get(word) ?? 0
    recent.push(number)
    starts.push(start)
    const hash = rolling(number)
    const row = hash === undefined ? undefined : rows.get(hash)
    const first = recent.length - length
    if (row === undefined || !isSame(said, row, recent, first, length)) return
    const last = found.at(-1)
    const from = starts[first] ?? start
    // Rows that overlap are one passage.
    if (last !== undefined && from <= last.end) found[found.length - 1] = { ...last, end }
    else found.push({ what: 'system-prompt', start: from, end, weight: 1 })
  }
  eachWord(text, onWord)
  return found
}

function isSame(
  said: readonly number[],
  row: number,
  recent: readonly number[],
  first: number,
  length: number,
): boolean {
  for (let at = 0; at < length; at += 1) if (said[row + at] !== recent[first + at]) return false
  return true
}

function rowsOf(said: readonly number[], length: number): ReadonlyMap<number, number> {
  const rows = new Map<number, number>()
  const rolling = rollingHash(length)
  for (const [index, number] of said.entries()) {
    const hash = rolling(number)
    if (hash !== undefined && !rows.has(hash)) rows.set(hash, index - length + 1)
  }
  return rows
}

/** Of the last `length` numbers, once there are as many (Rabin and Karp, modulo 2³²). */
function rollingHash(length: number): (number: number) => number | undefined {
  let oldest = 1
  for (let at = 1; at < length; at += 1) oldest = Math.imul(oldest, FACTOR)
  const last: number[] = []
  let hash = 0
  let place = 0
  return (number) => {
    const mixed = Math.imul(number + 1, MIXER)
    if (last.length === length) hash = (hash - Math.imul(last[place] ?? 0, oldest)) | 0
    hash = (Math.imul(hash, FACTOR) + mixed) | 0
    last[place] = mixed
    place = (place + 1) % length
    return last.length === length ? hash : undefined
  }
}

const FACTOR = 0x01000193
const MIXER = 0x9e3779b1
